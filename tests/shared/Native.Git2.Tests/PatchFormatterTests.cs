using System.Buffers;
using System.Text;

namespace Monorepo.Native.Git2.Tests;

public sealed class PatchFormatterTests : IDisposable
{
    private const int SeededPairs = 250;
    private readonly GitProcess _git = new();
    private readonly PatchFormatter _formatter = new(new PatchOptions());

    public void Dispose()
    {
        _formatter.Dispose();
        _git.Dispose();
    }

    [Theory]
    [InlineData("", "a\n")]
    [InlineData("a\n", "")]
    [InlineData("a", "b")]
    [InlineData("a", "a\n")]
    [InlineData("a\n", "a")]
    [InlineData("a\nb", "a\nc")]
    [InlineData("x\na", "y\na")]
    [InlineData("a\r\nb\r\n", "a\nb\n")]
    [InlineData("\n\n\n", "\n")]
    [InlineData("int main()\n1\n2\n3\n4\n5\n6\n7\n", "int main()\n1\n2\n3\n4\n5\n6\n7\n8\n")]
    [InlineData("_name   \t \n1\n2\n3\n4\n5\n", "_name   \t \n1\n2\n3\n4\n5x\n")]
    public void Prints_what_git_prints(string before, string after) =>
        AssertAsGit([(Encoding.UTF8.GetBytes(before), Encoding.UTF8.GetBytes(after))], seed: 0);

    [Fact]
    public void Prints_what_git_prints_when_the_function_line_is_very_long()
    {
        string name = "f" + new string('x', 70) + "é é é é é é é é é é" + new string('y', 400);
        string before = name + "\n1\n2\n3\n4\n5\n6\n";
        AssertAsGit([(Encoding.UTF8.GetBytes(before), Encoding.UTF8.GetBytes(before + "7\n"))], seed: 0);
    }

    [Fact]
    public void Prints_what_git_prints_for_seeded_edits()
    {
        int seed = Random.Shared.Next();
        var random = new Random(seed);
        AssertAsGit([.. Enumerable.Range(0, SeededPairs).Select(_ => RandomPair(random))], seed);
    }

    [Fact]
    public void Without_context_the_ranges_are_the_edits()
    {
        using var exact = new PatchFormatter(new PatchOptions(ContextLines: 0));
        var ranges = new List<LineRange>();
        PatchSummary summary = exact.FindRanges("a\nb\nc\nd\n"u8, "a\nX\nY\nc\n"u8, ranges);
        Assert.Equal([new LineRange(2, 1, 2, 2), new LineRange(4, 1, 4, 0)], ranges);
        Assert.Equal(new PatchSummary(IsBinary: false, Hunks: 2, LinesAdded: 2, LinesDeleted: 2), summary);
    }

    [Fact]
    public void Binary_is_a_NUL_where_git_looks_for_one()
    {
        byte[] inside = new byte[9000], outside = new byte[9000];
        inside.AsSpan().Fill((byte)'a');
        outside.AsSpan().Fill((byte)'a');
        inside[7999] = 0;
        outside[8000] = 0;
        Assert.True(PatchFormatter.LooksBinary(inside));
        Assert.False(PatchFormatter.LooksBinary(outside));
        var output = new ArrayBufferWriter<byte>();
        Assert.True(_formatter.Write("a\n"u8, inside, output).IsBinary);
        Assert.Equal(0, output.WrittenCount);
        Assert.Equal(new PatchSummary(IsBinary: false, 1, 1, 1), _formatter.Count("a\n"u8, outside));
        using var text = new PatchFormatter(new PatchOptions(ForceText: true));
        Assert.Equal(new PatchSummary(IsBinary: false, 1, 1, 1), text.Count("a\n"u8, inside));
    }

    [Fact]
    public void Equal_contents_print_nothing()
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.Equal(default, _formatter.Write([0, 1], [0, 1], output));
        Assert.Equal(0, output.WrittenCount);
    }

    [Fact]
    public void Formats_on_many_threads_at_once() =>
        Parallel.For(0, 64, i => Assert.Equal(i, _formatter.Count("x\n"u8, Encoding.UTF8.GetBytes("x\n" + string.Concat(Enumerable.Repeat("l\n", i)))).LinesAdded));

    /// <summary>Writes both sides of every pair as trees and lets one git diff print them all.</summary>
    private void AssertAsGit((byte[] Before, byte[] After)[] pairs, int seed)
    {
        _git.Run("init", "-q");
        string[] trees = [.. new[] { false, true }.Select(after =>
        {
            for (int i = 0; i < pairs.Length; i++)
                File.WriteAllBytes(Path.Combine(_git.Directory, $"{i:d5}.txt"), after ? pairs[i].After : pairs[i].Before);
            _git.Run("add", "-A");
            return Encoding.ASCII.GetString(_git.Run("write-tree")).Trim();
        }),];
        string whole = Encoding.Latin1.GetString(_git.Run("diff", "--no-color", "--no-ext-diff", "--no-renames", trees[0], trees[1]));
        string[] counted = Encoding.ASCII.GetString(_git.Run("diff", "--numstat", "--no-renames", trees[0], trees[1]))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Dictionary<int, string> patches = whole.Split("diff --git a/", StringSplitOptions.RemoveEmptyEntries)
            .ToDictionary(part => int.Parse(part[..5]), part => part.IndexOf("\n@@ ", StringComparison.Ordinal) is var at and >= 0 ? part[(at + 1)..] : "");
        Dictionary<int, (long, long)> counts = counted.Select(line => line.Split('\t'))
            .ToDictionary(fields => int.Parse(fields[2][..5]), fields => (long.Parse(fields[0]), long.Parse(fields[1])));
        for (int i = 0; i < pairs.Length; i++)
        {
            var output = new ArrayBufferWriter<byte>();
            PatchSummary summary = _formatter.Write(pairs[i].Before, pairs[i].After, output);
            string printed = Encoding.Latin1.GetString(output.WrittenSpan);
            Assert.True(patches.GetValueOrDefault(i, "") == printed, $"seed {seed}, pair {i}\n--- git\n{patches.GetValueOrDefault(i)}\n--- ours\n{printed}");
            Assert.Equal(counts.GetValueOrDefault(i), (summary.LinesAdded, summary.LinesDeleted));
        }
    }

    private static (byte[] Before, byte[] After) RandomPair(Random random)
    {
        var lines = new List<string>();
        int count = random.Next(0, 120);
        for (int i = 0; i < count; i++)
            lines.Add(RandomLine(random));
        var edited = new List<string>(lines);
        int edits = random.Next(1, 12);
        for (int i = 0; i < edits; i++)
        {
            int at = random.Next(0, edited.Count + 1);
            int length = Math.Min(random.Next(0, 6), edited.Count - at);
            switch (random.Next(4))
            {
                case 0:
                    edited.RemoveRange(at, length);
                    break;
                case 1:
                    edited.InsertRange(at, edited.GetRange(at, length));
                    break;
                default:
                    edited.InsertRange(at, Enumerable.Range(0, random.Next(1, 5)).Select(_ => RandomLine(random)));
                    break;
            }
        }

        return (Join(lines, random), Join(edited, random));
    }

    private static string RandomLine(Random random) => random.Next(8) switch
    {
        0 => "",
        1 => "}",
        2 => "{",
        3 => $"function{random.Next(5)}(argument) ",
        4 => "    return;",
        5 => "\tif (x)",
        6 => $"  é{random.Next(3)}\r",
        _ => new string(' ', random.Next(9)) + "statement" + random.Next(6),
    };

    private static byte[] Join(List<string> lines, Random random)
    {
        string text = string.Join('\n', lines);
        return Encoding.UTF8.GetBytes(random.Next(4) == 0 ? text : text + "\n");
    }
}
