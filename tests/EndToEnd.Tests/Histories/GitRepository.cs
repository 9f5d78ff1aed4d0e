using System.Text;
using Monorepo.Testing.Git;

namespace Monorepo.EndToEnd.Tests.Histories;

/// <summary>A bare git repository: the truth that the product is compared with. Attributes that rewrite or reformat contents are off.</summary>
internal sealed class GitRepository(string path)
{
    private const string NeutralAttributes = "* -text -ident -filter -working-tree-encoding !diff !merge\n";

    public string FullPath { get; } = path;

    /// <summary>The commit that HEAD names.</summary>
    public string Head => Text("rev-parse", "HEAD").Trim();

    /// <summary>A mirror of a bundle, or of the generated history where there is no bundle.</summary>
    public static GitRepository Create(string path, string? bundle, int seed)
    {
        if (bundle is null)
            GeneratedHistory.WriteTo(path, seed);
        else
            GitCommand.Run(Path.GetDirectoryName(path)!, "clone", "-q", "--mirror", bundle, path);
        WriteAttributes(path);
        return new GitRepository(path);
    }

    public byte[] Bytes(params string[] arguments) => GitCommand.Run(FullPath, arguments);

    public string Text(params string[] arguments) => Encoding.UTF8.GetString(Bytes(arguments));

    public string[] Lines(params string[] arguments) => Text(arguments).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>An ordinary clone with a version checked out.</summary>
    public string CheckOut(string directory, string revision)
    {
        GitCommand.Run(FullPath, "clone", "-q", "--no-checkout", "--shared", FullPath, directory);
        WriteAttributes(Path.Combine(directory, ".git"));
        GitCommand.Run(directory, "checkout", "-q", "--detach", revision);
        return directory;
    }

    /// <summary>
    /// The tree id that git computes from a folder's paths, contents, modes and links (<c>.mr</c> apart); what is ignored counts too.
    /// </summary>
    public string TreeOf(string folder)
    {
        string index = Path.Combine(FullPath, "scratch-index");
        File.Delete(index);
        string[] scratch = ["--git-dir", FullPath, "--work-tree", folder, "-c", "core.bare=false"];
        // git reads the index's place from the environment only; env sets it for this one command.
        EnvironmentGit(folder, index, [.. scratch, "add", "-A", "-f", "--", ".", ":(exclude).mr"]);
        return Encoding.ASCII.GetString(EnvironmentGit(folder, index, [.. scratch, "write-tree"])).Trim();
    }

    /// <summary>What differs between two trees, for a failed test's message.</summary>
    public string DifferenceOf(string expectedTree, string actualTree) =>
        string.Join('\n', Lines("diff-tree", "-r", "--no-renames", expectedTree, actualTree).Take(20));

    private static byte[] EnvironmentGit(string folder, string index, string[] arguments)
    {
        string alias = $"!GIT_INDEX_FILE='{index}' git {string.Join(' ', arguments.Select(a => $"'{a}'"))}";
        return GitCommand.Run(folder, "-c", $"alias.scratch={alias}", "scratch");
    }

    private static void WriteAttributes(string gitDirectory)
    {
        Directory.CreateDirectory(Path.Combine(gitDirectory, "info"));
        File.WriteAllText(Path.Combine(gitDirectory, "info", "attributes"), NeutralAttributes);
    }
}
