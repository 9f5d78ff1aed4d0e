using System.Collections;

namespace Monorepo.Workspace.Ignore;

/// <summary>The bytes a <c>[...]</c> of a glob stands for. Immutable.</summary>
internal sealed class ByteClass
{
    private readonly BitArray _bytes = new(256);

    public bool Contains(byte value) => _bytes[value];

    /// <summary>
    /// Parses from the bracket at <paramref name="at"/> and moves behind its end. Null when the class never ends or names
    /// an unknown <c>[:name:]</c>; <paramref name="at"/> is then the pattern's end, as nothing after it can match.
    /// </summary>
    public static ByteClass? Parse(ReadOnlySpan<byte> pattern, ref int at)
    {
        var result = new ByteClass();
        int i = at + 1;
        at = pattern.Length;
        bool negated = i < pattern.Length && pattern[i] is (byte)'!' or (byte)'^';
        if (i < pattern.Length && negated)
            i++;

        // The first byte is a member even if it is the closing bracket. 0 stands for "no byte a range could start with".
        byte previous = 0;
        bool first = true;
        while (true)
        {
            if (i >= pattern.Length)
                return null;
            byte value = pattern[i];
            if (value == ']' && !first)
                break;
            first = false;
            if (value == '\\')
            {
                if (++i >= pattern.Length)
                    return null;
                previous = pattern[i++];
                result._bytes[previous] = true;
            }
            else if (value == '-' && previous != 0 && i + 1 < pattern.Length && pattern[i + 1] != ']')
            {
                if (!ParseRangeEnd(pattern, ref i, out byte end))
                    return null;
                for (int member = previous; member <= end; member++)
                    result._bytes[member] = true;
                previous = 0;
            }
            else if (value == '[' && i + 1 < pattern.Length && pattern[i + 1] == ':')
            {
                int close = pattern[(i + 2)..].IndexOf((byte)']');
                if (close < 0)
                    return null;
                ReadOnlySpan<byte> inside = pattern.Slice(i + 2, close);
                if (inside.IsEmpty || inside[^1] != ':')
                {
                    // No ":]" after all: an ordinary bracket.
                    result._bytes['['] = true;
                    previous = value;
                    i++;
                    continue;
                }

                if (!result.AddNamed(inside[..^1]))
                    return null;
                previous = 0;
                i += close + 3;
            }
            else
            {
                result._bytes[value] = true;
                previous = value;
                i++;
            }
        }

        if (negated)
            result._bytes.Not();
        at = i + 1;
        return result;
    }

    private static bool ParseRangeEnd(ReadOnlySpan<byte> pattern, ref int i, out byte end)
    {
        end = pattern[++i];
        if (end == '\\')
        {
            if (++i >= pattern.Length)
                return false;
            end = pattern[i];
        }

        i++;
        return true;
    }

    // ASCII only, as git's own tables are; white space lacks vertical tab and form feed there.
    private bool AddNamed(ReadOnlySpan<byte> name)
    {
        Func<char, bool>? member = System.Text.Encoding.Latin1.GetString(name) switch
        {
            "alnum" => char.IsAsciiLetterOrDigit,
            "alpha" => char.IsAsciiLetter,
            "blank" => c => c is ' ' or '\t',
            "cntrl" => c => c is < ' ' or '\x7f',
            "digit" => char.IsAsciiDigit,
            "graph" => c => c is > ' ' and < '\x7f',
            "lower" => char.IsAsciiLetterLower,
            "print" => c => c is >= ' ' and < '\x7f',
            "punct" => c => c is > ' ' and < '\x7f' && !char.IsAsciiLetterOrDigit(c),
            "space" => c => c is ' ' or '\t' or '\n' or '\r',
            "upper" => char.IsAsciiLetterUpper,
            "xdigit" => char.IsAsciiHexDigit,
            _ => null,
        };
        if (member is null)
            return false;
        for (int value = 0; value < 128; value++)
            _bytes[value] |= member((char)value);
        return true;
    }
}
