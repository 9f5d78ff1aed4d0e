using System.Globalization;
using Monorepo.Peers.Running;

namespace Monorepo.Peers.Subjects;

/// <summary>
/// The history that both sides work on, as git has it: a bare repository with one pack, bitmaps and a commit graph with changed-path filters, so that git is at its
/// best both as a server and as a full clone; partial clones are allowed.
/// </summary>
/// <param name="Path">The repository.</param>
/// <param name="Pack">Its pack.</param>
/// <param name="Head">The newest commit.</param>
/// <param name="Description">Where it is from.</param>
/// <param name="Commits">Reachable ones.</param>
/// <param name="Objects">In the pack.</param>
/// <param name="Files">At HEAD.</param>
/// <param name="PackBytes">The pack's size.</param>
internal sealed record SourceRepository(string Path, string Pack, string Head, string Description, long Commits, long Objects, long Files, long PackBytes)
{
    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>Settles what was cloned or generated: packs as <c>git repack -adf</c> does by default, and writes what makes git quick.</summary>
    /// <param name="runner">Runs git.</param>
    /// <param name="path">The repository.</param>
    /// <param name="deltas">False: keep the pack as it came, for histories too large to be packed in minutes.</param>
    /// <param name="cancellationToken">Ends git.</param>
    public static async Task SettleAsync(ProgramRunner runner, string path, bool deltas, CancellationToken cancellationToken)
    {
        if (deltas)
            await GitAsync("repack", "-q", "-a", "-d", "-f", "-b");
        await GitAsync("commit-graph", "write", "--reachable", deltas ? "--changed-paths" : "--no-changed-paths", "--no-progress");
        foreach (string setting in (string[])["uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"])
        {
            await GitAsync("config", setting, "true");
        }

        await GitAsync("pack-refs", "--all");

        Task GitAsync(params string[] arguments) => runner.RunAsync("git", path, cancellationToken, arguments);
    }

    public static async Task<SourceRepository> OpenAsync(ProgramRunner runner, string path, string description, CancellationToken cancellationToken)
    {
        string pack = Directory.GetFiles(System.IO.Path.Combine(path, "objects", "pack"), "*.pack").MaxBy(file => new FileInfo(file).Length)!;
        string counted = await GitAsync("count-objects", "-v");
        return new SourceRepository(
            path,
            pack,
            (await GitAsync("rev-parse", "HEAD")).Trim(),
            description,
            long.Parse((await GitAsync("rev-list", "--all", "--count")).Trim(), CultureInfo.InvariantCulture),
            long.Parse(counted.Split('\n').First(line => line.StartsWith("in-pack: ", StringComparison.Ordinal))["in-pack: ".Length..], CultureInfo.InvariantCulture),
            (await GitAsync("ls-tree", "-r", "--name-only", "-z", "HEAD")).Count(c => c == '\0'),
            new FileInfo(pack).Length);

        async Task<string> GitAsync(params string[] arguments) => (await runner.RunAsync("git", path, cancellationToken, arguments)).Output;
    }
}
