namespace Monorepo.Blobs;

/// <summary>The answer for one id.</summary>
public enum BlobOutcome : byte
{
    /// <summary>The server does not have it.</summary>
    Missing = 0,

    /// <summary>The envelope is there.</summary>
    Found = 1,

    /// <summary>The reply was full before this id was looked at. Ask again.</summary>
    Deferred = 2,
}

/// <summary>One id's answer: an outcome and, when found, the object envelope's bytes (see Formats/Objects; opaque here, and not empty).</summary>
public readonly struct BlobEntry
{
    private BlobEntry(BlobOutcome outcome, ReadOnlyMemory<byte> envelope)
    {
        Outcome = outcome;
        Envelope = envelope;
    }

    public static BlobEntry Missing => default;

    public static BlobEntry Deferred { get; } = new(BlobOutcome.Deferred, default);

    public BlobOutcome Outcome { get; }

    /// <summary>Empty unless found. Valid until the batch or reply it came in is disposed.</summary>
    public ReadOnlyMemory<byte> Envelope { get; }

    /// <param name="envelope">1 to <see cref="BlobLimits.ObjectBytesMax"/> bytes.</param>
    public static BlobEntry Found(ReadOnlyMemory<byte> envelope)
    {
        if (envelope.Length is 0 or > BlobLimits.ObjectBytesMax)
            throw new ArgumentException($"An envelope has 1 to {BlobLimits.ObjectBytesMax} bytes, not {envelope.Length}.", nameof(envelope));
        return new BlobEntry(BlobOutcome.Found, envelope);
    }
}

/// <summary>What an <see cref="IBlobSource"/> gives: an entry for each id, and the memory behind them. Disposed once, by the transport.</summary>
/// <param name="entries">In the order asked.</param>
/// <param name="owner">Frees the entries' memory (returns buffers, unpins slices). Null: the garbage collector does.</param>
public sealed class BlobBatch(ReadOnlyMemory<BlobEntry> entries, IDisposable? owner) : IDisposable
{
    private IDisposable? _owner = owner;

    public ReadOnlyMemory<BlobEntry> Entries { get; } = entries;

    /// <summary>Idempotent and safe from any thread.</summary>
    public void Dispose() => Interlocked.Exchange(ref _owner, null)?.Dispose();
}

/// <summary>
/// What an <see cref="IBlobTransport"/> gives: an entry for each id asked, in that order. Its envelopes may live in native memory: after
/// <see cref="Dispose"/> no span or memory taken from them may be touched. One thread at a time.
/// </summary>
/// <param name="entries">In the order asked.</param>
/// <param name="owner">Frees the entries' memory. Null: the garbage collector does.</param>
public sealed class BlobReply(ReadOnlyMemory<BlobEntry> entries, IDisposable? owner) : IDisposable
{
    private readonly ReadOnlyMemory<BlobEntry> _entries = entries;
    private IDisposable? _owner = owner;
    private bool _disposed;

    public int Count => _entries.Length;

    /// <exception cref="ObjectDisposedException">The reply was disposed.</exception>
    public ReadOnlySpan<BlobEntry> Entries
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _entries.Span;
        }
    }

    public BlobOutcome OutcomeAt(int index) => Entries[index].Outcome;

    /// <summary>The envelope of the id at <paramref name="index"/>; empty unless found.</summary>
    public ReadOnlyMemory<byte> EnvelopeAt(int index) => Entries[index].Envelope;

    public void Dispose()
    {
        _disposed = true;
        Interlocked.Exchange(ref _owner, null)?.Dispose();
    }
}
