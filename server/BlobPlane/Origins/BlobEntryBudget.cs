using Monorepo.Blobs;

namespace Monorepo.BlobPlane.Origins;

/// <summary>
/// What still fits in one answer: the first envelope always, further ones while the sum stays within
/// <see cref="BlobLimits.ReplyBytesTarget"/>; what does not fit is deferred. Not thread-safe.
/// </summary>
public struct BlobEntryBudget
{
    /// <summary>Envelope bytes let in so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>True when no further envelope of any size will fit.</summary>
    public readonly bool IsSpent => Bytes >= BlobLimits.ReplyBytesTarget;

    /// <summary>True when an envelope of this size may be added; it then counts.</summary>
    public bool TryAdd(int envelopeBytes)
    {
        if (Bytes > 0 && Bytes + envelopeBytes > BlobLimits.ReplyBytesTarget)
            return false;
        Bytes += envelopeBytes;
        return true;
    }
}
