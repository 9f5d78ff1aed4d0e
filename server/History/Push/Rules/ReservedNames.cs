using System.Buffers;
using System.Text;

namespace Monorepo.History.Push.Rules;

/// <summary>
/// Names no tree may hold, because on some file system they are the repository's own folder or lead out of the working copy: what
/// <c>git fsck</c> refuses, with the spellings that HFS+ and NTFS take for <c>.git</c>.
/// </summary>
internal static class ReservedNames
{
    private static ReadOnlySpan<byte> Git => "git"u8;

    public static bool IsReserved(ReadOnlySpan<byte> name)
    {
        if (name is [(byte)'.'] or [(byte)'.', (byte)'.'])
        {
            return true;
        }

        // Nearly all names end here.
        if (!MayBeGit(name))
        {
            return false;
        }

        return IsOnHfs(name, Git) || IsOnNtfs(name) || HasNtfsPart(name);
    }

    /// <summary>Whether HFS+ takes the name for a dot and <paramref name="word"/>: it ignores case and some code points.</summary>
    /// <param name="name">Any bytes.</param>
    /// <param name="word">Lower-case ASCII.</param>
    public static bool IsOnHfs(ReadOnlySpan<byte> name, ReadOnlySpan<byte> word)
    {
        if (NextOnHfs(ref name) != '.')
        {
            return false;
        }

        foreach (byte expected in word)
        {
            int c = NextOnHfs(ref name);
            if (c is < 0 or > 0x7f || char.ToLowerInvariant((char)c) != expected)
            {
                return false;
            }
        }

        return NextOnHfs(ref name) < 0;
    }

    private static bool MayBeGit(ReadOnlySpan<byte> name) => name[0] is (byte)'.' or (byte)'g' or (byte)'G' or > 0x7f || name.Contains((byte)'\\');

    /// <returns>The next code point that HFS+ does not ignore; -1 at the end, and at bytes that are no UTF-8, where git stops reading too.</returns>
    private static int NextOnHfs(ref ReadOnlySpan<byte> rest)
    {
        while (!rest.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(rest, out Rune rune, out int used) != OperationStatus.Done || rune.Value is 0xFFFE or 0xFFFF)
            {
                rest = default;
                return -1;
            }

            rest = rest[used..];
            if (rune.Value is not ((>= 0x200C and <= 0x200F) or (>= 0x202A and <= 0x202E) or (>= 0x206A and <= 0x206F) or 0xFEFF))
            {
                return rune.Value;
            }
        }

        return -1;
    }

    /// <summary><c>.git</c> or its short name <c>git~1</c>, in any case, followed by nothing but dots and spaces, or by a stream's name.</summary>
    private static bool IsOnNtfs(ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> rest;
        if (name.Length >= 4 && name[0] == '.' && Ascii.EqualsIgnoreCase(name.Slice(1, 3), Git))
        {
            rest = name[4..];
        }
        else if (name.Length >= 5 && Ascii.EqualsIgnoreCase(name[..5], "git~1"u8))
        {
            rest = name[5..];
        }
        else
        {
            return false;
        }

        int end = rest.IndexOfAnyExcept((byte)'.', (byte)' ');
        return end < 0 || rest[end] is (byte)'\\' or (byte)':';
    }

    /// <summary>A backslash is a separator on NTFS.</summary>
    private static bool HasNtfsPart(ReadOnlySpan<byte> name)
    {
        for (int at = name.IndexOf((byte)'\\'); at >= 0; at = name.IndexOf((byte)'\\'))
        {
            name = name[(at + 1)..];
            if (IsOnNtfs(name))
            {
                return true;
            }
        }

        return false;
    }
}
