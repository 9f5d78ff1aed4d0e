using System.Threading.Channels;

namespace Monorepo.Operations.AccessLog;

/// <summary>
/// Takes records from the threads that answer requests to the one that writes. A thread appends to the buffer of its core under a lock nobody
/// else wants; full buffers go to the writer, and when too many wait there, records are dropped and counted. Thread-safe.
/// </summary>
internal sealed class AccessBuffers
{
    /// <summary>As many as one block holds. With 64 bytes each the buffers take at most 64 KiB a core and 4 MiB in the queue.</summary>
    public const int RecordsPerBuffer = 1_024;

    /// <summary>Full buffers that may wait for the writer.</summary>
    public const int WaitingMax = 64;

    private readonly Stripe[] _stripes;
    private readonly Channel<AccessBuffer> _full = Channel.CreateBounded<AccessBuffer>(new BoundedChannelOptions(WaitingMax) { SingleReader = true });
    private long _dropped;

    public AccessBuffers()
    {
        _stripes = new Stripe[Environment.ProcessorCount];
        for (int i = 0; i < _stripes.Length; i++)
            _stripes[i] = new Stripe();
    }

    public ChannelReader<AccessBuffer> Full => _full.Reader;

    /// <summary>Records that were lost because the writer was behind.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public void Add(ReadOnlySpan<AccessRecord> records)
    {
        Stripe stripe = _stripes[(uint)Thread.GetCurrentProcessorId() % (uint)_stripes.Length];
        lock (stripe)
        {
            foreach (ref readonly AccessRecord record in records)
            {
                if (stripe.Buffer.Count == RecordsPerBuffer)
                    HandOver(stripe);
                stripe.Buffer.Add(record);
            }
        }
    }

    /// <summary>Hands over what is in the cores' buffers, and then a marker.</summary>
    /// <returns>Ends when the writer has come to the marker.</returns>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        foreach (Stripe stripe in _stripes)
        {
            lock (stripe)
            {
                if (stripe.Buffer.Count > 0)
                    HandOver(stripe);
            }
        }

        AccessBuffer marker = new() { Reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) };
        await _full.Writer.WriteAsync(marker, cancellationToken);
        await marker.Reached.Task.WaitAsync(cancellationToken);
    }

    public void Complete() => _full.Writer.TryComplete();

    private void HandOver(Stripe stripe)
    {
        if (_full.Writer.TryWrite(stripe.Buffer))
        {
            stripe.Buffer = new AccessBuffer();
            return;
        }

        Interlocked.Add(ref _dropped, stripe.Buffer.Count);
        stripe.Buffer.Clear();
    }

    private sealed class Stripe
    {
        public AccessBuffer Buffer { get; set; } = new();
    }
}

/// <summary>Records on their way to the writer; has one owner at a time.</summary>
internal sealed class AccessBuffer
{
    private AccessRecord[] _records = [];
    private int _count;

    public int Count => _count;

    public ReadOnlySpan<AccessRecord> Records => _records.AsSpan(0, _count);

    /// <summary>Set on a marker, which has no records.</summary>
    public TaskCompletionSource? Reached { get; init; }

    public void Add(in AccessRecord record)
    {
        if (_records.Length == 0)
            _records = new AccessRecord[AccessBuffers.RecordsPerBuffer];
        _records[_count++] = record;
    }

    public void Clear() => _count = 0;
}
