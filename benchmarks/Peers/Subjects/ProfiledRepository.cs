using System.Globalization;
using System.Text;
using Monorepo.Peers.Running;

namespace Monorepo.Peers.Subjects;

/// <summary>A history with one commit more, which adds a sparse profile of some directories; it borrows the objects of the other one.</summary>
/// <param name="Path">The repository; one branch.</param>
/// <param name="Directories">What the profile has.</param>
/// <param name="Files">How many files that is.</param>
internal sealed record ProfiledRepository(string Path, IReadOnlyList<string> Directories, int Files)
{
    public const string Profile = "ci/bench.sparse";

    /// <summary>Names from the top: deep enough for many small directories, so that a part of the tree can be had to a percent or so.</summary>
    private const int Depth = 3;

    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>One that was made.</summary>
    public static async Task<ProfiledRepository> OpenAsync(ProgramRunner runner, string path, CancellationToken cancellationToken)
    {
        string profile = (await runner.RunAsync("git", path, cancellationToken, "cat-file", "blob", "HEAD:" + Profile)).Output;
        string[] directories = [.. profile.Split('\n').Where(static l => l.EndsWith('/') && !l.StartsWith("ci/", StringComparison.Ordinal)).Select(static l => l.TrimEnd('/'))];
        string files = (await runner.RunAsync("git", path, cancellationToken, ["ls-tree", "-r", "--name-only", "-z", "HEAD", "--", .. directories])).Output;
        return new ProfiledRepository(path, directories, files.Count(static c => c == '\0'));
    }

    /// <param name="runner">Runs git.</param>
    /// <param name="whole">The history.</param>
    /// <param name="path">Where to; not there yet.</param>
    /// <param name="share">Of the files, that the profile is to have; a few more at most.</param>
    /// <param name="cancellationToken">Ends git.</param>
    public static async Task CreateAsync(ProgramRunner runner, SourceRepository whole, string path, double share, CancellationToken cancellationToken)
    {
        string branch = (await GitAsync(whole.Path, null, "symbolic-ref", "HEAD")).Trim();
        await GitAsync(whole.Path, null, "init", "-q", "--bare", path);
        await File.WriteAllTextAsync(System.IO.Path.Combine(path, "objects", "info", "alternates"), System.IO.Path.Combine(whole.Path, "objects") + "\n", cancellationToken);
        string text = $"[metadata]\ntitle: what a job needs\n[include]\nci/\n{string.Concat((await ChooseAsync()).Select(static d => d + "/\n"))}";
        string blob = await GitAsync(path, text, "hash-object", "-w", "--stdin");
        string folder = await GitAsync(path, $"100644 blob {blob.Trim()}\tbench.sparse\n", "mktree");
        string top = await GitAsync(path, null, "ls-tree", whole.Head);
        string tree = await GitAsync(path, $"{top}040000 tree {folder.Trim()}\tci\n", "mktree");
        string commit = await GitAsync(path, "A profile for jobs\n", "commit-tree", "-p", whole.Head, tree.Trim());
        await GitAsync(path, null, "update-ref", branch, commit.Trim());
        await GitAsync(path, null, "symbolic-ref", "HEAD", branch);
        foreach (string setting in (string[])["uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"])
        {
            await GitAsync(path, null, "config", setting, "true");
        }

        await GitAsync(path, null, "repack", "-q", "-d", "-l");

        async Task<IReadOnlyList<string>> ChooseAsync()
        {
            string[] names = (await GitAsync(whole.Path, null, "ls-tree", "-r", "--name-only", "-z", whole.Head)).Split('\0', StringSplitOptions.RemoveEmptyEntries);
            (string Directory, int Count)[] all = [.. names.Select(static n => n.Split('/')).Where(static n => n.Length > Depth)
                .CountBy(static n => string.Join('/', n[..Depth]), StringComparer.Ordinal).Select(static c => (c.Key, c.Value)).OrderBy(static c => c.Key, StringComparer.Ordinal)];
            List<string> chosen = [];
            int wanted = (int)(names.Length * share);

            // From all over the tree, as what a job needs is.
            for (int step = Math.Max(1, (int)(all.Length * share)), start = 0; start < step && wanted > 0; start++)
            {
                for (int i = start; i < all.Length && wanted > 0; i += Math.Max(1, (int)(1 / share)))
                {
                    chosen.Add(all[i].Directory);
                    wanted -= all[i].Count;
                }
            }

            return chosen;
        }

        async Task<string> GitAsync(string directory, string? input, params string[] arguments) =>
            (await runner.FeedAsync(runner.Prepare("git", directory, arguments), stream => stream.Write(Encoding.UTF8.GetBytes(input ?? "")), cancellationToken)).Output;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Files:N0} files in {Directories.Count} directories");
}
