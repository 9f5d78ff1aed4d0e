using System.Text;
using Monorepo.EndToEnd.Tests.Histories;

namespace Monorepo.EndToEnd.Tests.Differential;

/// <summary>What a person does to a working copy, done the same way to mr's and to git's.</summary>
internal sealed class Edits
{
    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly string[] _paths;

    /// <param name="git">Where the paths of HEAD are read.</param>
    public Edits(GitRepository git)
    {
        // Plain paths only: those that the file API of .NET can name. Odd ones are compared unedited. The ignore rules stay as they are.
        string[] plain = [.. git.Lines("ls-tree", "-r", "HEAD")
            .Where(line => line.StartsWith("100644 ", StringComparison.Ordinal) && !line.Contains('"', StringComparison.Ordinal))
            .Select(line => line[(line.IndexOf('\t', StringComparison.Ordinal) + 1)..])
            .Where(path => !path.EndsWith(".gitignore", StringComparison.Ordinal))];
        _paths = [.. Enumerable.Range(0, 9).Select(i => plain[i * (plain.Length - 1) / 8])];
        Assert.Equal(9, _paths.Distinct(StringComparer.Ordinal).Count());
    }

    public void ApplyTo(string folder)
    {
        string At(int i) => Path.Combine(folder, _paths[i]);
        string Name(string name) => Path.Combine(folder, name);

        File.AppendAllText(At(0), "one more line\n");
        File.WriteAllText(At(1), "all new, and no newline at the end");
        SwapFirstByte(At(2));
        File.Delete(At(3));
        File.SetUnixFileMode(At(4), File.GetUnixFileMode(At(4)) | Executable);
        Replace(At(5), path => File.CreateSymbolicLink(path, "somewhere/else"));
        Replace(At(6), path =>
        {
            Directory.CreateDirectory(path);
            File.WriteAllText(Path.Combine(path, "inside"), "a folder now\n");
        });
        Replace(At(7), path => File.WriteAllBytes(path, [0, 1, 2, 255, 0]));
        File.WriteAllText(At(8), "");

        File.WriteAllText(Name("untracked.txt"), "nobody knows me\n");
        File.WriteAllText(Name("sp ace \u00fc.txt"), "odd name\n");
        Directory.CreateDirectory(Name("untracked-folder/deeper"));
        File.WriteAllText(Name("untracked-folder/deeper/file"), "x\n");
        Directory.CreateDirectory(Name("empty-folder"));
        Directory.CreateDirectory(Name("ignoring"));
        File.WriteAllText(Name("ignoring/.gitignore"), "*.ignored\n!keep.ignored\nout/\n");
        File.WriteAllText(Name("ignoring/a.ignored"), "ignored\n");
        File.WriteAllText(Name("ignoring/keep.ignored"), "kept\n");
        Directory.CreateDirectory(Name("ignoring/out"));
        File.WriteAllText(Name("ignoring/out/file"), "ignored\n");
        File.CreateSymbolicLink(Name("new-link"), "untracked.txt");
    }

    // Same size, other contents: metadata alone does not tell in the same second.
    private static void SwapFirstByte(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        if (bytes.Length == 0)
            bytes = Encoding.UTF8.GetBytes("x");
        bytes[0] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    private static void Replace(string path, Action<string> make)
    {
        File.Delete(path);
        make(path);
    }
}
