namespace Monorepo.Blobs;

/// <summary>The limits of the blob plane, checked on both ends.</summary>
public static class BlobLimits
{
    /// <summary>Ids in one request. One more is misuse.</summary>
    public const int KeysPerRequestMax = 65_536;

    /// <summary>
    /// Where a source stops adding to a batch: once the envelopes in it add up to this much, it answers the rest with
    /// <see cref="BlobOutcome.Deferred"/>. The first envelope is always sent, however large, so asking again makes progress.
    /// </summary>
    public const int ReplyBytesTarget = 64 << 20;

    /// <summary>The largest envelope that travels: what a reply of 2 GiB holds beside its table of lengths.</summary>
    public const int ObjectBytesMax = 0x7FF0_0000;

    /// <summary>All bytes of one reply, table included.</summary>
    public const int ReplyBytesMax = int.MaxValue;

    /// <summary>One message on the wire. Longer replies travel in several.</summary>
    public const int MessageBytesMax = 64 << 20;

    /// <summary>A message of several small ones.</summary>
    public const int BatchBytesMax = 128 << 10;

    /// <summary>The token of a connection's first message.</summary>
    public const int TokenBytesMax = 1024;
}
