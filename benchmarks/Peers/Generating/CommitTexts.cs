using System.Text;

namespace Monorepo.Peers.Generating;

/// <summary>Who wrote a commit, when, and what they said about it.</summary>
internal sealed class CommitTexts(SeededRandom random)
{
    private const int People = 300;
    private const long FirstSecond = 1_300_000_000;
    private static readonly string[] s_zones = ["+0000", "-0700", "-0800", "+0100", "+0200", "+0530", "+0900"];

    private readonly StringBuilder _text = new();
    private long _second = FirstSecond;

    /// <summary>The author and committer lines of the next commit, with their line ends.</summary>
    public string NextPeople()
    {
        _second += 1 + random.NextSkewed(1_200);
        int author = random.NextSkewed(People);
        // Some changes wait for their review, and some are committed by another.
        long written = _second - (random.Next(3) == 0 ? random.NextSkewed(400_000) : 0);
        int committer = random.Next(10) == 0 ? random.NextSkewed(People) : author;
        return $"author {Person(author)} {written} {s_zones[author % s_zones.Length]}\ncommitter {Person(committer)} {_second} {s_zones[committer % s_zones.Length]}\n";
    }

    public string NextMessage()
    {
        _text.Clear();
        _text.Append(Words.Capital(random.Next(Words.Count))).Append(": ");
        Words.AppendSentence(_text, random, 12 + random.Next(45));
        _text.Append('\n');
        if (random.Next(5) < 3)
        {
            int paragraphs = 1 + random.NextSkewed(3);
            for (int paragraph = 0; paragraph < paragraphs; paragraph++)
            {
                _text.Append('\n');
                int lines = 1 + random.NextSkewed(5);
                for (int line = 0; line < lines; line++)
                {
                    Words.AppendSentence(_text, random, 58);
                    _text.Append('\n');
                }
            }
        }

        if (random.Next(2) == 0)
            _text.Append("\nReviewed-by: ").Append(Person(random.NextSkewed(People))).Append("\nChange-number: ").Append(random.Next(10_000_000)).Append('\n');
        return _text.ToString();
    }

    private static string Person(int number) =>
        $"{Words.Capital(number * 7)} {Words.Capital((number * 13) + 5)} <{Words.Of(number * 7)}.{Words.Of((number * 13) + 5)}{number}@example.com>";
}
