namespace Monorepo.Memcached.Protocol;

/// <summary>The answers of the meta protocol that leave the connection usable. Everything else breaks it.</summary>
internal enum MetaStatus
{
    /// <summary><c>VA</c>: a hit with its value.</summary>
    Value,

    /// <summary><c>HD</c>: done, nothing to return.</summary>
    Done,

    /// <summary><c>EN</c>: a miss that was not asked for quietly; or <c>HD Z</c>, the stub of a lease.</summary>
    Miss,

    /// <summary><c>NS</c>: not stored.</summary>
    NotStored,

    /// <summary><c>EX</c>: exists with another version.</summary>
    Exists,

    /// <summary><c>NF</c>: not found.</summary>
    NotFound,

    /// <summary><c>MN</c>: everything before it on this connection has been answered.</summary>
    NoOp,

    /// <summary><c>SERVER_ERROR text</c>: the server refused one command (value too large, out of memory) and swallowed its payload.</summary>
    ServerError,
}

/// <summary>What a value's line says about the lease of its key.</summary>
internal enum LeaseMark : byte
{
    /// <summary>Nobody holds one.</summary>
    None,

    /// <summary><c>W</c>: the asker holds it now, and is expected to store the value.</summary>
    Won,

    /// <summary><c>Z</c>: another asker holds it.</summary>
    Lost,
}

/// <summary>One parsed answer. <see cref="Value"/> belongs to the receiver.</summary>
internal readonly ref struct MetaResponse
{
    public required MetaStatus Status { get; init; }

    /// <summary>The number the request gave this key; only with <see cref="MetaStatus.Value"/>.</summary>
    public uint Number { get; init; }

    /// <summary>The opaque 32 bits stored with the value.</summary>
    public uint ClientFlags { get; init; }

    /// <summary>The item's version, where it was asked for; otherwise 0.</summary>
    public ulong Version { get; init; }

    public LeaseMark Lease { get; init; }

    /// <summary><c>X</c>: somebody marked the value as outdated.</summary>
    public bool IsStale { get; init; }

    /// <summary>Exactly the bytes announced; only with <see cref="MetaStatus.Value"/>.</summary>
    public byte[]? Value { get; init; }
}

/// <summary>The server sent something the meta protocol does not allow here: the stream can't be trusted any more and the connection must go.</summary>
internal sealed class MetaProtocolException(string message) : Exception(message);
