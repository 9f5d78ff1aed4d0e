using System.Text;
using System.Text.RegularExpressions;

namespace Monorepo.History.Push.Policy;

/// <summary>
/// A pattern over slash-separated paths: <c>?</c> and <c>*</c> stay within a name, <c>**</c> crosses names. A pattern without a slash before its end
/// matches a name at any depth; one that ends in a slash matches directories; what lies in a matched directory matches too. Case matters.
/// </summary>
public sealed class PathPattern
{
    public const int LengthMax = 1_024;

    private readonly Regex _regex;

    private PathPattern(string text, Regex regex)
    {
        Text = text;
        _regex = regex;
    }

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <exception cref="FormatException">Empty or too long.</exception>
    public static PathPattern Parse(string text)
    {
        if (text.Length is 0 or > LengthMax || text is "/")
        {
            throw new FormatException($"a pattern of 1 to {LengthMax} characters is expected, such as secrets/** or *.exe.");
        }

        bool isDirectory = text.EndsWith('/');
        string body = text.Trim('/');
        bool isAnchored = text.TrimEnd('/').Contains('/', StringComparison.Ordinal);
        StringBuilder regex = new(isAnchored ? "^" : "^(?:.*/)?");
        for (int i = 0; i < body.Length; i++)
        {
            switch (body[i])
            {
                case '*' when i + 1 < body.Length && body[i + 1] == '*':
                    i++;
                    bool isWhole = i + 1 < body.Length && body[i + 1] == '/';
                    i += isWhole ? 1 : 0;
                    regex.Append(isWhole ? "(?:.*/)?" : ".*");
                    break;
                case '*':
                    regex.Append("[^/]*");
                    break;
                case '?':
                    regex.Append("[^/]");
                    break;
                default:
                    regex.Append(Regex.Escape(body[i].ToString()));
                    break;
            }
        }

        regex.Append(isDirectory ? "/" : "(?:/|$)");

        // Linear in the path's length, whatever the pattern.
        return new PathPattern(text, new Regex(regex.ToString(), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline | RegexOptions.ExplicitCapture));
    }

    public bool IsMatch(string path) => _regex.IsMatch(path);

    public override string ToString() => Text;
}
