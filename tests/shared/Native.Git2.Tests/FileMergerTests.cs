using System.Text;

namespace Monorepo.Native.Git2.Tests;

public sealed class FileMergerTests
{
    private static readonly FileMergeLabels s_labels = new("ours", "theirs");

    [Fact]
    public void A_conflict_is_marked_as_git_marks_it()
    {
        using var merger = new FileMerger();
        FileMergeResult merged = merger.Merge("a\nb\nc\n"u8, "a\nours\nc\n"u8, "a\ntheirs\nc\n"u8, s_labels);
        Assert.False(merged.IsClean);
        Assert.Equal("a\n<<<<<<< ours\nours\n=======\ntheirs\n>>>>>>> theirs\nc\n", Encoding.UTF8.GetString(merged.Content));
    }

    [Fact]
    public void Nested_conflicts_have_longer_markers()
    {
        using var merger = new FileMerger();
        FileMergeResult merged = merger.Merge("a\n"u8, "b\n"u8, "c\n"u8, s_labels, FileMerger.MarkerSizeDefault + 2);
        Assert.Equal("<<<<<<<<< ours\nb\n=========\nc\n>>>>>>>>> theirs\n", Encoding.UTF8.GetString(merged.Content));
    }

    [Theory]
    [InlineData("", "x\n", "x\n", true)]
    [InlineData("", "x\n", "y\n", false)]
    [InlineData("a\n", "", "b\n", false)]
    [InlineData("a\nb\nc\nd\n", "a\nb\nc\nd\ne\n", "0\na\nb\nc\nd\n", true)]
    [InlineData("no newline", "no newline\nmore", "no newline", true)]
    public void Empty_and_unended_contents_are_merged(string ancestor, string ours, string theirs, bool isClean)
    {
        using var merger = new FileMerger();
        FileMergeResult merged = merger.Merge(Encoding.UTF8.GetBytes(ancestor), Encoding.UTF8.GetBytes(ours), Encoding.UTF8.GetBytes(theirs), s_labels);
        Assert.Equal((isClean, false), (merged.IsClean, merged.IsBinary));
    }

    [Fact]
    public void Binary_contents_are_not_merged_and_ours_is_kept()
    {
        using var merger = new FileMerger();
        FileMergeResult merged = merger.Merge("a\0"u8, "b\0"u8, "c\0"u8, s_labels);
        Assert.Equal((false, true), (merged.IsClean, merged.IsBinary));
        Assert.Equal("b\0"u8.ToArray(), merged.Content);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_edits_merge_as_git_merges_them(int seed)
    {
        var random = new Random(seed);
        using var merger = new FileMerger();
        using var git = new GitProcess();
        int clean = 0;
        for (int round = 0; round < 40; round++)
        {
            List<string> lines = [.. Enumerable.Range(0, random.Next(1, 40)).Select(i => $"line {i} of {round}")];
            string ancestor = Text(lines);
            string ours = Text(Edit(lines, random, "ours"));
            string theirs = Text(Edit(lines, random, "theirs"));
            File.WriteAllText(Path.Combine(git.Directory, "o"), ours);
            File.WriteAllText(Path.Combine(git.Directory, "a"), ancestor);
            File.WriteAllText(Path.Combine(git.Directory, "t"), theirs);
            string expected = Encoding.UTF8.GetString(git.Run(127, default, "merge-file", "-p", "-L", "ours", "-L", "base", "-L", "theirs", "o", "a", "t"));
            FileMergeResult merged = merger.Merge(Encoding.UTF8.GetBytes(ancestor), Encoding.UTF8.GetBytes(ours), Encoding.UTF8.GetBytes(theirs), s_labels);
            bool isClean = !expected.Contains("<<<<<<<", StringComparison.Ordinal);
            Assert.True(isClean == merged.IsClean, $"seed {seed}, round {round}:\n{expected}");
            if (isClean)
            {
                clean++;
                Assert.Equal(expected, Encoding.UTF8.GetString(merged.Content));
            }
        }

        Assert.InRange(clean, 1, 39);
    }

    private static List<string> Edit(List<string> lines, Random random, string who)
    {
        List<string> edited = [.. lines];
        for (int edits = random.Next(4); edits > 0 && edited.Count > 0; edits--)
        {
            int at = random.Next(edited.Count);
            switch (random.Next(3))
            {
                case 0:
                    edited.RemoveAt(at);
                    break;
                case 1:
                    edited[at] = $"{who} {random.Next(1000)}";
                    break;
                default:
                    edited.Insert(at, $"{who} new {random.Next(1000)}");
                    break;
            }
        }

        return edited;
    }

    private static string Text(List<string> lines) => string.Concat(lines.Select(static l => l + "\n"));
}
