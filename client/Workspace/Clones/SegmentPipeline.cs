using System.Threading.Channels;
using Monorepo.Formats.History;
using Monorepo.Workspace.History;

namespace Monorepo.Workspace.Clones;

/// <summary>
/// Verifies and appends segments while the next ones arrive: columns are decoded on one thread, commits are hashed on another,
/// because a commit's bytes hold its parents' ids and so hashing goes in order. Holds a few segments at most. One caller at a time.
/// </summary>
internal sealed class SegmentPipeline : IAsyncDisposable
{
    // Each has some megabytes decoded.
    private const int SegmentsInFlightMax = 3;

    private readonly Channel<(ReadOnlyMemory<byte> Bytes, Task<SegmentReader> Decoded)> _decoding =
        Channel.CreateBounded<(ReadOnlyMemory<byte>, Task<SegmentReader>)>(new BoundedChannelOptions(SegmentsInFlightMax) { SingleReader = true, SingleWriter = true });

    private readonly CommitLogWriter _writer;
    private readonly Action<int> _onAppended;
    private readonly Task _appending;

    /// <param name="writer">Used by the pipeline alone until it has ended.</param>
    /// <param name="onAppended">Told, after each segment, how many commits the log has.</param>
    public SegmentPipeline(CommitLogWriter writer, Action<int> onAppended)
    {
        _writer = writer;
        _onAppended = onAppended;
        _appending = Task.Run(AppendAllAsync);
    }

    /// <summary>Takes a segment; waits while too many are under way.</summary>
    /// <exception cref="CorruptHistoryException">An earlier segment was refused.</exception>
    public async ValueTask AddAsync(ReadOnlyMemory<byte> segment, CancellationToken cancellationToken)
    {
        Task<SegmentReader> decoded = Task.Run(() => Decode(segment), CancellationToken.None);
        try
        {
            await _decoding.Writer.WriteAsync((segment, decoded), cancellationToken);
        }
        catch (ChannelClosedException)
        {
            Forget(decoded);
            await _appending;
            throw;
        }
        catch (OperationCanceledException)
        {
            Forget(decoded);
            throw;
        }
    }

    /// <summary>Waits until all that was taken is appended.</summary>
    /// <exception cref="CorruptHistoryException">A segment was refused; those before it are appended.</exception>
    public Task CompleteAsync()
    {
        _decoding.Writer.TryComplete();
        return _appending;
    }

    /// <summary>Waits as <see cref="CompleteAsync"/>; what went wrong is not told again.</summary>
    public async ValueTask DisposeAsync()
    {
        _decoding.Writer.TryComplete();
        await _appending.ContinueWith(static t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private static SegmentReader Decode(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            SegmentReader segment = SegmentReader.Open(bytes);
            segment.DecodeAll();
            return segment;
        }
        catch (CorruptSegmentException e)
        {
            throw new CorruptHistoryException($"The server sent a damaged segment: {e.Message}", e);
        }
    }

    // Nobody waits for it any more; whatever it says.
    private static void Forget(Task decoded) =>
        _ = decoded.ContinueWith(static t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private async Task AppendAllAsync()
    {
        try
        {
            await foreach ((ReadOnlyMemory<byte> bytes, Task<SegmentReader> decoded) in _decoding.Reader.ReadAllAsync())
            {
                using SegmentReader segment = await decoded;
                _writer.Append(VerifiedPiece.From(segment, bytes, _writer));
                _onAppended(_writer.Count);
            }
        }
        catch
        {
            _decoding.Writer.TryComplete();
            while (_decoding.Reader.TryRead(out (ReadOnlyMemory<byte> Bytes, Task<SegmentReader> Decoded) left))
            {
                Forget(left.Decoded);
            }

            throw;
        }
    }
}
