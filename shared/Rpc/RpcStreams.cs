namespace Monorepo.Rpc;

/// <summary>
/// Messages of the peer, in order, read at the reader's pace: what is not read holds the sender back. One reader at a time.
/// As an async sequence it can be enumerated once, and leaving the loop early ends the call.
/// </summary>
public interface IRpcStreamReader<out T> : IAsyncEnumerable<T>
{
    /// <summary>The last message read. Valid after <see cref="MoveNextAsync"/> returned true.</summary>
    T Current { get; }

    /// <summary>
    /// True with the next message in <see cref="Current"/>; false at the end of the stream. A client throws
    /// <see cref="RpcException"/> instead of returning false when the call ended with another status than OK.
    /// </summary>
    /// <param name="cancellationToken">Cancels the whole call, not only this read.</param>
    ValueTask<bool> MoveNextAsync(CancellationToken cancellationToken = default);
}

/// <summary>
/// Messages to the peer. A write completes when the transport took the message, which waits while the peer does not read.
/// The message may be changed after its write completed.
/// </summary>
public interface IRpcStreamWriter<in T>
{
    /// <param name="cancellationToken">Cancels the whole call, because half a message cannot be taken back.</param>
    ValueTask WriteAsync(T message, CancellationToken cancellationToken = default);
}

/// <summary>A client's request stream, which the client must also end.</summary>
public interface IRpcClientStreamWriter<in T> : IRpcStreamWriter<T>
{
    /// <summary>Tells the server that no more messages come. Does nothing the second time.</summary>
    ValueTask CompleteAsync();
}
