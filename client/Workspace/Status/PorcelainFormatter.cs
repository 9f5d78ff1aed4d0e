using System.Buffers;

namespace Monorepo.Workspace.Status;

/// <summary>Writes a status in the format of <c>git status --porcelain=v1</c>, byte for byte.</summary>
public static class PorcelainFormatter
{
    /// <summary>Writes all entries in their order.</summary>
    /// <param name="entries">As in <see cref="StatusResult.Entries"/>.</param>
    /// <param name="output">Receives the bytes.</param>
    /// <param name="nulTerminated">As <c>-z</c>: raw paths, each line ended by a NUL. Otherwise paths with a space or a special byte are quoted and a newline ends a line.</param>
    public static void Write(IEnumerable<StatusEntry> entries, IBufferWriter<byte> output, bool nulTerminated)
    {
        ArgumentNullException.ThrowIfNull(entries);
        ArgumentNullException.ThrowIfNull(output);
        foreach (StatusEntry entry in entries)
        {
            output.Write(Letters(entry.Code));
            if (nulTerminated)
            {
                output.Write(entry.Path);
                output.Write("\0"u8);
            }
            else
            {
                WriteQuoted(entry.Path, output);
                output.Write("\n"u8);
            }
        }
    }

    private static ReadOnlySpan<byte> Letters(StatusCode code) => code switch
    {
        StatusCode.Modified => " M "u8,
        StatusCode.Deleted => " D "u8,
        StatusCode.TypeChanged => " T "u8,
        StatusCode.Untracked => "?? "u8,
        StatusCode.Ignored => "!! "u8,
        StatusCode.Added => "A  "u8,
        StatusCode.Removed => "D  "u8,
        StatusCode.AddedMissing => "AD "u8,
        _ => throw new ArgumentOutOfRangeException(nameof(code), code, "Not a status code."),
    };

    // Git quotes as C does; a space alone asks for quotes in this format but is not escaped.
    private static void WriteQuoted(ReadOnlySpan<byte> path, IBufferWriter<byte> output)
    {
        if (!NeedsQuotes(path))
        {
            output.Write(path);
            return;
        }

        output.Write("\""u8);
        foreach (byte value in path)
        {
            byte letter = EscapeLetter(value);
            Span<byte> escaped = output.GetSpan(4);
            if (letter != 0)
            {
                escaped[0] = (byte)'\\';
                escaped[1] = letter;
                output.Advance(2);
            }
            else if (value is < 0x20 or >= 0x7F)
            {
                escaped[0] = (byte)'\\';
                escaped[1] = (byte)('0' + (value >> 6));
                escaped[2] = (byte)('0' + ((value >> 3) & 7));
                escaped[3] = (byte)('0' + (value & 7));
                output.Advance(4);
            }
            else
            {
                escaped[0] = value;
                output.Advance(1);
            }
        }

        output.Write("\""u8);
    }

    private static bool NeedsQuotes(ReadOnlySpan<byte> path)
    {
        foreach (byte value in path)
        {
            if (value is <= (byte)' ' or >= 0x7F or (byte)'"' or (byte)'\\')
                return true;
        }

        return false;
    }

    private static byte EscapeLetter(byte value) => value switch
    {
        0x07 => (byte)'a',
        0x08 => (byte)'b',
        0x09 => (byte)'t',
        0x0A => (byte)'n',
        0x0B => (byte)'v',
        0x0C => (byte)'f',
        0x0D => (byte)'r',
        (byte)'"' or (byte)'\\' => value,
        _ => 0,
    };
}
