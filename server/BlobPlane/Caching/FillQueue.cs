using System.Threading.Channels;
using Monorepo.Core;

namespace Monorepo.BlobPlane.Caching;

/// <summary>
/// Stores offers behind the back of the requests that brought them. Bounded in entries and bytes; what does not fit is dropped, because the next
/// miss brings it again. Thread-safe.
/// </summary>
internal sealed class FillQueue : IAsyncDisposable
{
    private readonly Channel<Offer> _offers;
    private readonly Func<Offer, CancellationToken, Task> _store;
    private readonly long _bytesMax;
    private readonly CancellationTokenSource _stopped = new();
    private readonly Task _workers;
    private long _bytes;
    private int _disposed;

    /// <param name="store">Must not throw except when cancelled.</param>
    public FillQueue(int entriesMax, long bytesMax, int workers, Func<Offer, CancellationToken, Task> store)
    {
        _offers = Channel.CreateBounded<Offer>(new BoundedChannelOptions(entriesMax) { FullMode = BoundedChannelFullMode.Wait });
        _bytesMax = bytesMax;
        _store = store;
        _workers = Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(StoreAllAsync)));
    }

    /// <summary>False when the offer was dropped.</summary>
    public bool TryAdd(Offer offer)
    {
        int bytes = offer.Envelope.Length;
        if (Interlocked.Add(ref _bytes, bytes) <= _bytesMax && _offers.Writer.TryWrite(offer))
            return true;
        Interlocked.Add(ref _bytes, -bytes);
        return false;
    }

    /// <summary>Stops at once; what still waits is dropped.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        _offers.Writer.TryComplete();
        await _stopped.CancelAsync();
        await _workers;
        _stopped.Dispose();
    }

    private async Task StoreAllAsync()
    {
        try
        {
            await foreach (Offer offer in _offers.Reader.ReadAllAsync(_stopped.Token))
            {
                await _store(offer, _stopped.Token);
                Interlocked.Add(ref _bytes, -offer.Envelope.Length);
            }
        }
        catch (OperationCanceledException) when (_stopped.IsCancellationRequested)
        {
            // Told to stop.
        }
    }

    internal readonly record struct Offer(RepositoryName Repository, ObjectId Id, ReadOnlyMemory<byte> Envelope);
}
