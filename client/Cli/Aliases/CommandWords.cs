using System.Text;

namespace Monorepo.Cli.Aliases;

/// <summary>Takes a command line apart as a shell would, without running anything: blanks part words; quotes and backslashes keep them together.</summary>
public static class CommandWords
{
    /// <exception cref="FormatException">A quote is not closed, or a backslash ends the text.</exception>
    public static IReadOnlyList<string> Split(string text)
    {
        List<string> words = [];
        StringBuilder word = new();
        bool isWord = false;
        char quote = '\0';
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (quote == '\0' && char.IsWhiteSpace(c))
            {
                if (isWord)
                {
                    words.Add(word.ToString());
                    word.Clear();
                    isWord = false;
                }

                continue;
            }

            isWord = true;
            if (c == '\\' && quote != '\'')
            {
                word.Append(++i < text.Length ? text[i] : throw new FormatException($"'{text}' ends with a backslash."));
            }
            else if (c == quote)
            {
                quote = '\0';
            }
            else if (quote == '\0' && c is '"' or '\'')
            {
                quote = c;
            }
            else
            {
                word.Append(c);
            }
        }

        if (quote != '\0')
        {
            throw new FormatException($"A quote is not closed in '{text}'.");
        }

        if (isWord)
        {
            words.Add(word.ToString());
        }

        return words;
    }
}
