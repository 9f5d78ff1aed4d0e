using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Monorepo.Rpc.Wire;

namespace Monorepo.Rpc;

/// <summary>
/// One key and its value. Keys that end in <c>-bin</c> carry bytes, all others printable ASCII.
/// </summary>
public readonly struct RpcMetadataEntry : IEquatable<RpcMetadataEntry>
{
    private readonly object _value;

    internal RpcMetadataEntry(string key, object value)
    {
        Key = key;
        _value = value;
    }

    /// <summary>Lower case.</summary>
    public string Key { get; }

    public bool IsBinary => _value is byte[];

    /// <summary>The text. Throws <see cref="InvalidOperationException"/> for a binary entry.</summary>
    public string Value => _value as string ?? throw new InvalidOperationException($"{Key} is binary");

    /// <summary>The bytes, not a copy. Throws <see cref="InvalidOperationException"/> for a text entry.</summary>
    public ReadOnlyMemory<byte> ValueBytes => _value as byte[] ?? throw new InvalidOperationException($"{Key} is text");

    /// <summary>The value as it stands in an HTTP header.</summary>
    public string ToWireValue() => _value is byte[] bytes ? BinaryHeader.Encode(bytes) : (string)_value;

    public bool Equals(RpcMetadataEntry other)
        => string.Equals(Key, other.Key, StringComparison.Ordinal)
            && (_value is byte[] bytes
                ? other._value is byte[] otherBytes && bytes.AsSpan().SequenceEqual(otherBytes)
                : Equals(_value, other._value));

    public override bool Equals([NotNullWhen(true)] object? obj) => obj is RpcMetadataEntry other && Equals(other);

    public override int GetHashCode() => Key?.GetHashCode(StringComparison.Ordinal) ?? 0;

    public override string ToString() => $"{Key}: {ToWireValue()}";

    public static bool operator ==(RpcMetadataEntry left, RpcMetadataEntry right) => left.Equals(right);

    public static bool operator !=(RpcMetadataEntry left, RpcMetadataEntry right) => !left.Equals(right);
}

/// <summary>
/// Headers or trailers of a call besides the protocol's own, in order; keys may repeat. Not thread safe.
/// </summary>
/// <remarks>
/// Do not repeat a key in a request to a server that is not ours: the HTTP client joins the values by <c>", "</c>, which
/// HTTP allows and some servers do not take apart (grpcio refuses it for binary keys). Ours takes binary values apart and
/// sees one joined text value. Repeated keys in responses arrive one by one. Total size is limited by <see cref="RpcLimits.MetadataBytesMax"/>.
/// </remarks>
[SuppressMessage("Naming", "CA1710", Justification = "Metadata is the protocol's word for the collection.")]
public sealed class RpcMetadata : IReadOnlyCollection<RpcMetadataEntry>
{
    private const string BinarySuffix = "-bin";

    private readonly List<RpcMetadataEntry> _entries = [];
    private int _bytes;

    public int Count => _entries.Count;

    /// <summary>Appends a text entry.</summary>
    /// <param name="key">Letters, digits, <c>-_.</c>; made lower case; not <c>-bin</c>, not a name the protocol uses.</param>
    /// <param name="value">Printable ASCII without leading or trailing space.</param>
    /// <exception cref="ArgumentException">Key or value is not allowed, or the collection is full.</exception>
    public void Add(string key, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        key = CheckKey(key, binary: false);
        if (!IsTextValue(value))
            throw new ArgumentException($"metadata {key}: a text value is printable ASCII without outer spaces; use a -bin key for others", nameof(value));

        Append(new RpcMetadataEntry(key, value), value.Length);
    }

    /// <summary>Appends a binary entry; the bytes are copied.</summary>
    /// <param name="key">As for text, and ends in <c>-bin</c>.</param>
    /// <exception cref="ArgumentException">Key is not allowed, or the collection is full.</exception>
    public void Add(string key, ReadOnlySpan<byte> value)
    {
        key = CheckKey(key, binary: true);
        Append(new RpcMetadataEntry(key, value.ToArray()), BinaryHeader.EncodedLength(value.Length));
    }

    /// <summary>The last text value of a key, or null.</summary>
    public string? GetValue(string key) => FindLast(key, binary: false)?.Value;

    /// <summary>The last binary value of a key, or null.</summary>
    public ReadOnlyMemory<byte>? GetValueBytes(string key) => FindLast(key, binary: true)?.ValueBytes;

    public IEnumerator<RpcMetadataEntry> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>
    /// Takes over one header of a peer. False when it is malformed or there is too much of it; names of the protocol
    /// itself are left out and count as fine.
    /// </summary>
    public bool TryAddFromWire(string name, string wireValue)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(wireValue);
        string key = name.ToLowerInvariant();
        if (HeaderNames.IsReserved(key))
            return true;

        if (!IsKey(key))
            return false;

        if (!key.EndsWith(BinarySuffix, StringComparison.Ordinal))
        {
            string text = wireValue.Trim(' ');
            return IsTextValue(text) && TryAppend(new RpcMetadataEntry(key, text), text.Length);
        }

        // Repeated binary headers may have been joined on the way.
        foreach (string part in wireValue.Split(','))
        {
            if (!BinaryHeader.TryDecode(part.Trim(' '), out byte[]? bytes)
                || !TryAppend(new RpcMetadataEntry(key, bytes), part.Length))
                return false;
        }

        return true;
    }

    private RpcMetadataEntry? FindLast(string key, bool binary)
    {
        for (int i = _entries.Count - 1; i >= 0; i--)
        {
            if (_entries[i].IsBinary == binary && string.Equals(_entries[i].Key, key, StringComparison.OrdinalIgnoreCase))
                return _entries[i];
        }

        return null;
    }

    private void Append(RpcMetadataEntry entry, int valueLength)
    {
        if (!TryAppend(entry, valueLength))
            throw new ArgumentException($"metadata exceeds {RpcLimits.MetadataBytesMax} bytes at {entry.Key}", nameof(entry));
    }

    private bool TryAppend(RpcMetadataEntry entry, int valueLength)
    {
        int bytes = _bytes + entry.Key.Length + valueLength;
        if (bytes > RpcLimits.MetadataBytesMax)
            return false;

        _bytes = bytes;
        _entries.Add(entry);
        return true;
    }

    private static string CheckKey(string key, bool binary)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        string lower = key.ToLowerInvariant();
        if (!IsKey(lower))
            throw new ArgumentException($"metadata key '{key}': letters, digits, '-', '_' and '.' only", nameof(key));
        if (HeaderNames.IsReserved(lower))
            throw new ArgumentException($"metadata key '{key}' belongs to the protocol", nameof(key));
        if (lower.EndsWith(BinarySuffix, StringComparison.Ordinal) != binary)
            throw new ArgumentException($"metadata key '{key}': exactly the keys of binary values end in {BinarySuffix}", nameof(key));

        return lower;
    }

    private static bool IsKey(string key)
    {
        if (key.Length == 0)
            return false;

        foreach (char c in key)
        {
            if (!(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_' or '.'))
                return false;
        }

        return true;
    }

    private static bool IsTextValue(string value)
    {
        foreach (char c in value)
        {
            if (c is < ' ' or > '~')
                return false;
        }

        return value.Length == 0 || (value[0] != ' ' && value[^1] != ' ');
    }
}
