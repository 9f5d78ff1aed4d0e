using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Monorepo.Core;

namespace Monorepo.Formats.History;

/// <summary>Ids to and from hex digits in UTF-8, which .NET 9 has for UTF-16 only. Rebuilding a commit is mostly this and its hash.</summary>
internal static class LowerHex
{
    private static ReadOnlySpan<byte> Digits => "0123456789abcdef"u8;

    /// <param name="id">20 bytes.</param>
    /// <param name="destination">At least 40.</param>
    public static void Write(ReadOnlySpan<byte> id, Span<byte> destination)
    {
        if (id.Length != ObjectId.Size || destination.Length < ObjectId.HexSize)
        {
            throw new ArgumentException($"An id of {ObjectId.Size} bytes is written to {ObjectId.HexSize}, not {id.Length} to {destination.Length}.", nameof(destination));
        }

        if (!Ssse3.IsSupported)
        {
            for (int i = 0; i < id.Length; i++)
            {
                destination[2 * i] = Digits[id[i] >> 4];
                destination[(2 * i) + 1] = Digits[id[i] & 15];
            }

            return;
        }

        // Two blocks of 16 that overlap by 12: bytes 0 to 15 and 4 to 19.
        ref byte source = ref MemoryMarshal.GetReference(id);
        ref byte target = ref MemoryMarshal.GetReference(destination);
        WriteBlock(Vector128.LoadUnsafe(ref source), ref target);
        WriteBlock(Vector128.LoadUnsafe(ref source, 4), ref Unsafe.Add(ref target, 8));
    }

    /// <param name="digits">40 lower-case hex digits, checked by the caller.</param>
    /// <param name="id">20 bytes.</param>
    public static void Read(ReadOnlySpan<byte> digits, Span<byte> id)
    {
        for (int i = 0; i < id.Length; i++)
        {
            id[i] = (byte)((Value(digits[2 * i]) << 4) | Value(digits[(2 * i) + 1]));
        }

        static int Value(byte digit) => digit <= '9' ? digit - '0' : digit - 'a' + 10;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WriteBlock(Vector128<byte> bytes, ref byte target)
    {
        Vector128<byte> digits = Vector128.Create("0123456789abcdef"u8);
        Vector128<byte> low = Vector128.Create((byte)15);
        Vector128<byte> highDigits = Ssse3.Shuffle(digits, Sse2.ShiftRightLogical(bytes.AsUInt16(), 4).AsByte() & low);
        Vector128<byte> lowDigits = Ssse3.Shuffle(digits, bytes & low);
        Sse2.UnpackLow(highDigits, lowDigits).StoreUnsafe(ref target);
        Sse2.UnpackHigh(highDigits, lowDigits).StoreUnsafe(ref target, 16);
    }
}
