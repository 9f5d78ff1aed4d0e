using Monorepo.Core;

namespace Monorepo.Blobs;

/// <summary>
/// The client's end of the blob plane: objects by id, many in one round trip. Any number of calls at a time from any thread.
/// Disposing fails the calls in flight with <see cref="BlobTransportError.Closed"/>.
/// </summary>
/// <remarks>
/// Envelopes come as the server holds them and are <em>not verified</em> by the transport: the caller checks each against its id.
/// A lost connection is made anew by the next call; what to do about a failed call (again, other transport) is the caller's choice.
/// </remarks>
public interface IBlobTransport : IAsyncDisposable
{
    /// <summary>"ucx", "grpc" or "loopback": for people and statistics.</summary>
    string Name { get; }

    /// <summary>Asks for <paramref name="ids"/> (0 to <see cref="BlobLimits.KeysPerRequestMax"/>; repeats allowed). The memory must stay unchanged until the call ends.</summary>
    /// <param name="repository">Whose objects.</param>
    /// <param name="ids">The objects.</param>
    /// <param name="options">Passed on to the server's <see cref="IBlobSource"/>.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>One entry for each id, in the order asked. The caller disposes it.</returns>
    /// <exception cref="BlobTransportException">What went wrong is in <see cref="BlobTransportException.Error"/>.</exception>
    /// <exception cref="ArgumentException">Too many ids.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled; the server is told to stop.</exception>
    ValueTask<BlobReply> GetAsync(RepositoryName repository, ReadOnlyMemory<ObjectId> ids, BlobReadOptions options, CancellationToken cancellationToken);
}

/// <summary>
/// The server's end: what a transport asks for contents. Called concurrently from any thread; must not block the calling thread for long.
/// </summary>
public interface IBlobSource
{
    /// <param name="repository">Whose objects.</param>
    /// <param name="ids">At most <see cref="BlobLimits.KeysPerRequestMax"/>. Valid until the batch is disposed or the call fails.</param>
    /// <param name="options">What the reader asked for.</param>
    /// <param name="cancellationToken">The client gave up, or is gone, or the server stops.</param>
    /// <returns>
    /// One entry for each id in the order asked, within <see cref="BlobLimits.ReplyBytesTarget"/>. The transport owns the batch and disposes it
    /// after the last byte left, so its memory may be pinned or native and is sent without a copy where that pays.
    /// </returns>
    /// <exception cref="BlobTransportException">
    /// <see cref="BlobTransportError.UnknownRepository"/> or <see cref="BlobTransportError.Overloaded"/>, passed on to the client.
    /// Anything else thrown reaches it as <see cref="BlobTransportError.SourceFailed"/>.
    /// </exception>
    ValueTask<BlobBatch> GetAsync(RepositoryName repository, ReadOnlyMemory<ObjectId> ids, BlobReadOptions options, CancellationToken cancellationToken);
}
