using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Monorepo.Core;

/// <summary>
/// The SHA-1 name of a git object: 20 bytes, ordered as unsigned bytes, printed as 40 lower-case hex digits.
/// </summary>
/// <remarks>The default value is git's null id (all zero), which names no object.</remarks>
[StructLayout(LayoutKind.Sequential, Size = Size)]
public readonly struct ObjectId : IEquatable<ObjectId>, IComparable<ObjectId>
{
    /// <summary>Bytes in an id.</summary>
    public const int Size = 20;

    /// <summary>Hex digits in an id.</summary>
    public const int HexSize = 2 * Size;

    private readonly Bytes _bytes;

    /// <param name="bytes">Exactly <see cref="Size"/> bytes.</param>
    public ObjectId(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
        {
            throw new ArgumentException($"An object id is {Size} bytes, not {bytes.Length}.", nameof(bytes));
        }

        bytes.CopyTo(_bytes);
    }

    /// <summary>The null id: "no object" in ref updates.</summary>
    public static ObjectId Null => default;

    public bool IsNull => Equals(default);

    /// <summary>The 20 bytes, in place. Valid as long as the variable it was taken from.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> AsSpan() => _bytes;

    public void CopyTo(Span<byte> destination) => AsSpan().CopyTo(destination);

    /// <summary>Parses exactly 40 hex digits of either case.</summary>
    public static bool TryParse(ReadOnlySpan<char> hex, out ObjectId id)
    {
        Span<byte> bytes = stackalloc byte[Size];
        id = default;
        if (hex.Length != HexSize
            || Convert.FromHexString(hex, bytes, out _, out int written) != System.Buffers.OperationStatus.Done
            || written != Size)
        {
            return false;
        }

        id = new ObjectId(bytes);
        return true;
    }

    /// <summary>Parses exactly 40 ASCII hex digits, as they stand in commits and tags.</summary>
    public static bool TryParse(ReadOnlySpan<byte> hex, out ObjectId id)
    {
        id = default;
        if (hex.Length != HexSize)
        {
            return false;
        }

        Span<char> chars = stackalloc char[HexSize];
        for (int i = 0; i < HexSize; i++)
        {
            chars[i] = (char)hex[i];
        }

        return TryParse(chars, out id);
    }

    /// <exception cref="FormatException">Not 40 hex digits.</exception>
    public static ObjectId Parse(ReadOnlySpan<char> hex) =>
        TryParse(hex, out ObjectId id) ? id : throw new FormatException($"'{hex}' is not an object id: it takes {HexSize} hex digits.");

    public override string ToString() => Convert.ToHexStringLower(AsSpan());

    /// <summary>The first <paramref name="digits"/> hex digits.</summary>
    public string Abbreviate(int digits) => ToString()[..Math.Clamp(digits, 1, HexSize)];

    public bool Equals(ObjectId other) => AsSpan().SequenceEqual(other.AsSpan());

    public override bool Equals(object? obj) => obj is ObjectId other && Equals(other);

    /// <summary>The id's own first bytes: they are already a hash.</summary>
    public override int GetHashCode() => BinaryPrimitives.ReadInt32LittleEndian(AsSpan());

    public int CompareTo(ObjectId other) => AsSpan().SequenceCompareTo(other.AsSpan());

    public static bool operator ==(ObjectId left, ObjectId right) => left.Equals(right);

    public static bool operator !=(ObjectId left, ObjectId right) => !left.Equals(right);

    public static bool operator <(ObjectId left, ObjectId right) => left.CompareTo(right) < 0;

    public static bool operator >(ObjectId left, ObjectId right) => left.CompareTo(right) > 0;

    public static bool operator <=(ObjectId left, ObjectId right) => left.CompareTo(right) <= 0;

    public static bool operator >=(ObjectId left, ObjectId right) => left.CompareTo(right) >= 0;

    [InlineArray(Size)]
    private struct Bytes
    {
        private byte _first;
    }
}
