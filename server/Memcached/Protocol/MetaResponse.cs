namespace Monorepo.Memcached.Protocol;

/// <summary>The answers of the meta protocol that leave the connection usable. Everything else breaks it.</summary>
internal enum MetaStatus
{
    /// <summary><c>VA</c>: a hit with its value.</summary>
    Value,

    /// <summary><c>HD</c>: done, nothing to return.</summary>
    Done,

    /// <summary><c>EN</c>: a miss that was not asked for quietly.</summary>
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

/// <summary>One parsed answer. <see cref="Key"/> points into the reader and is valid until its next call; <see cref="Value"/> belongs to the receiver.</summary>
internal readonly ref struct MetaResponse
{
    public required MetaStatus Status { get; init; }

    /// <summary>The key as the server echoed it; only with <see cref="MetaStatus.Value"/>.</summary>
    public ReadOnlySpan<byte> Key { get; init; }

    /// <summary>True when <see cref="Key"/> is base64 (the item was stored by a binary key).</summary>
    public bool KeyIsBase64 { get; init; }

    /// <summary>The opaque 32 bits stored with the value.</summary>
    public uint ClientFlags { get; init; }

    /// <summary>Exactly the bytes announced; only with <see cref="MetaStatus.Value"/>.</summary>
    public byte[]? Value { get; init; }
}

/// <summary>The server sent something the meta protocol does not allow here: the stream can't be trusted any more and the connection must go.</summary>
internal sealed class MetaProtocolException(string message) : Exception(message);
