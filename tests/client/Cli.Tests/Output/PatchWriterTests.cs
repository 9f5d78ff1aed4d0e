using System.Text;
using Monorepo.Cli.Output;
using Monorepo.Core;
using Monorepo.Testing.Git;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Cli.Tests.Output;

/// <summary>Whole patches with their heads, by us and by git.</summary>
public sealed class PatchWriterTests : IDisposable
{
    private readonly string _work = Directory.CreateTempSubdirectory("mr-patch-").FullName;

    public PatchWriterTests() => GitCommand.Run(_work, "init", "-q");

    public void Dispose() => Directory.Delete(_work, recursive: true);

    public static TheoryData<string, string?, string?, string?, string?> Changes => new()
    {
        { "file", "100644", "a\nb\nc\n", "100644", "a\nB\nc\n" },
        { "file", "100644", "a\n", "100755", "a\n" },
        { "file", "100644", "a\n", "100755", "b\n" },
        { "file", null, null, "100644", "new\n" },
        { "file", null, null, "100644", "" },
        { "file", "100755", "old", null, null },
        { "file", "100644", "", null, null },
        { "file", "100644", "a\n", "120000", "target" },
        { "file", "120000", "one", "120000", "two" },
        { "file", "100644", "bin\0ary", "100644", "bin\0bry" },
        { "file", null, null, "100644", "bin\0ary" },
        { "with space", "100644", "a\n", "100644", "b" },
        { "quo\"te\ttab\nline", "100644", "a\n", "100644", "b\n" },
        { "ünï cödé", null, null, "100644", "x\n" },
        { "blanks", "100644", "a\n b\nc \n", "100644", "a\n \tb\nc \t\nd\r\n  \n\n" },
        { "end", "100644", "a\n\n", "100644", "a\n\n\n \n" },
        { "end", "100644", "a\nb\n\nc\n", "100644", "a\nb\n\n\n" },
        { "end", "100644", "\n", "100644", "\n\n\n" },
        { "end", null, null, "100644", "\n\n" },
        { "crlf", "100644", "a\r\nb\r\nc\r\n", "100644", "a\r\nB\r\nc\r\n" },
        { "function", "100644", "int f()\n{\n 1\n 2\n 3\n 4\n 5\n}\n", "100644", "int f()\n{\n 1\n 2\n 3\n 4\n 6\n}\n" },
        { "looks like a head", "100644", "-- a\n++ b\n@@ c\n", "100644", "diff --git a/x b/x\n-- a\n" },
        { "sub", "160000", "ce013625030ba8dba906f756967f9e9ca394464a", "160000", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void Patches_are_gits(string path, string? oldMode, string? oldContent, string? newMode, string? newContent) =>
        Same(path, Side(oldMode, oldContent), Side(newMode, newContent), isColored: false);

    [Theory]
    [MemberData(nameof(Changes))]
    public void Coloured_patches_are_gits(string path, string? oldMode, string? oldContent, string? newMode, string? newContent) =>
        Same(path, Side(oldMode, oldContent), Side(newMode, newContent), isColored: true);

    private void Same(string path, PatchSide before, PatchSide after, bool isColored)
    {
        string oldTree = Tree(path, before);
        string newTree = Tree(path, after);
        using MemoryStream ours = new();
        using (OutputStream output = new(ours, () => isColored))
        using (PatchWriter writer = new(output, id => id.ToString()))
        {
            writer.Write(Encoding.UTF8.GetBytes(path), before, after);
        }

        byte[] gits = GitCommand.Run(_work, "diff", "--no-renames", "--full-index", isColored ? "--color" : "--no-color", oldTree, newTree);
        Assert.Equal(Encoding.UTF8.GetString(gits), Encoding.UTF8.GetString(ours.ToArray()));
    }

    private PatchSide Side(string? mode, string? content)
    {
        if (mode is null || content is null)
        {
            return PatchSide.Absent;
        }

        FileMode parsed = (FileMode)Convert.ToInt32(mode, 8);
        byte[] bytes = Encoding.UTF8.GetBytes(content);
        ObjectId id = parsed == FileMode.Submodule
            ? ObjectId.Parse(content)
            : ObjectId.Parse(Encoding.ASCII.GetString(GitCommand.Run(_work, bytes, "hash-object", "-w", "--stdin")).Trim());
        return new PatchSide(parsed, id, bytes);
    }

    private string Tree(string path, PatchSide side)
    {
        TreeBuilder builder = new();
        if (!side.IsAbsent)
        {
            builder.Add(side.Mode, Encoding.UTF8.GetBytes(path), side.Id);
        }

        return Encoding.ASCII.GetString(GitCommand.Run(_work, builder.Build(), "hash-object", "-t", "tree", "-w", "--stdin")).Trim();
    }
}
