using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;

namespace Monorepo.Workspace.History.Matching;

/// <summary>
/// A pattern that is looked for line by line in bytes. Text that is UTF-8 is matched by characters, other text by bytes. Not thread-safe.
/// </summary>
public sealed class TextPattern
{
    // A pattern that a person wrote needs no longer for one line; one that does is told instead of hanging.
    private static readonly TimeSpan s_lineTimeout = TimeSpan.FromSeconds(10);

    private static readonly SearchValues<char> s_special = SearchValues.Create(@"\*+?|{}[]()^$.");

    private readonly byte[]? _literal;
    private readonly string _pattern;
    private readonly PatternSyntax _syntax;
    private readonly RegexOptions _options;
    private Regex? _characters;
    private Regex? _bytes;
    private char[] _line = new char[256];

    /// <exception cref="FormatException">The pattern breaks its language.</exception>
    public TextPattern(string pattern, PatternSyntax syntax, bool ignoreCase)
    {
        _pattern = pattern;
        _syntax = syntax;
        _options = RegexOptions.CultureInvariant | (ignoreCase ? RegexOptions.IgnoreCase : RegexOptions.None);
        if (!ignoreCase && (syntax == PatternSyntax.Fixed || !pattern.AsSpan().ContainsAny(s_special)))
        {
            _literal = Encoding.UTF8.GetBytes(pattern);
        }
        else
        {
            _characters = Compile(pattern);
        }
    }

    /// <summary>Whether any line of a text matches.</summary>
    public bool MatchesLine(ReadOnlySpan<byte> text)
    {
        if (_literal is not null)
        {
            return text.IndexOf(_literal) >= 0;
        }

        ReadOnlySpan<byte> rest = text.EndsWith("\n"u8) ? text[..^1] : text;
        while (true)
        {
            int length = rest.IndexOf((byte)'\n');
            if (Matches(length < 0 ? rest : rest[..length]))
            {
                return true;
            }

            if (length < 0)
            {
                return false;
            }

            rest = rest[(length + 1)..];
        }
    }

    private bool Matches(ReadOnlySpan<byte> line)
    {
        if (line.Length > _line.Length)
        {
            _line = new char[2 * line.Length];
        }

        bool isAscii = Ascii.ToUtf16(line, _line, out int count) == OperationStatus.Done;
        if (isAscii || System.Text.Unicode.Utf8.ToUtf16(line, _line, out _, out count, replaceInvalidSequences: false) == OperationStatus.Done)
        {
            _characters ??= Compile(_pattern);
            return _characters.IsMatch(_line.AsSpan(0, count));
        }

        _bytes ??= Compile(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(_pattern)));
        count = Encoding.Latin1.GetChars(line, _line);
        return _bytes.IsMatch(_line.AsSpan(0, count));
    }

    private Regex Compile(string pattern)
    {
        try
        {
            return new Regex(PosixPattern.Translate(pattern, _syntax), _options, s_lineTimeout);
        }
        catch (ArgumentException e)
        {
            throw new FormatException($"'{_pattern}' is no regular expression: {e.Message}", e);
        }
    }
}
