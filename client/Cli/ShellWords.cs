namespace Monorepo.Cli;

/// <summary>Writes words so that a shell reads the same words again.</summary>
internal static class ShellWords
{
    private const string Plain = "-_./:=@+,%^~{}";

    public static string Join(IEnumerable<string> words) => string.Join(' ', words.Select(Quote));

    private static string Quote(string word) => word.Length > 0 && word.All(static c => char.IsLetterOrDigit(c) || Plain.Contains(c, StringComparison.Ordinal))
        ? word
        : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
