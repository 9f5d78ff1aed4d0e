using System.Globalization;
using Monorepo.Peers.Running;

namespace Monorepo.Peers.Subjects;

/// <summary>A history as it was some commits ago: a repository that borrows the objects of the present one.</summary>
/// <param name="Path">The repository; one branch.</param>
/// <param name="Tip">Its newest commit.</param>
/// <param name="CommitsSince">Commits that the present has and it has not, on the same branch.</param>
internal sealed record PastRepository(string Path, string Tip, int CommitsSince)
{
    /// <summary>One that was made.</summary>
    public static async Task<PastRepository> OpenAsync(ProgramRunner runner, SourceRepository present, string path, CancellationToken cancellationToken)
    {
        string tip = (await runner.RunAsync("git", path, cancellationToken, "rev-parse", "HEAD")).Output.Trim();
        string since = (await runner.RunAsync("git", present.Path, cancellationToken, "rev-list", "--count", $"{tip}..HEAD")).Output.Trim();
        return new PastRepository(path, tip, int.Parse(since, CultureInfo.InvariantCulture));
    }

    /// <param name="runner">Runs git.</param>
    /// <param name="present">The history; its default branch is looked at.</param>
    /// <param name="path">Where to; not there yet.</param>
    /// <param name="commitsAgo">At least so many, and few more.</param>
    /// <param name="cancellationToken">Ends git.</param>
    /// <exception cref="BenchmarkException">The history is shorter.</exception>
    public static async Task CreateAsync(ProgramRunner runner, SourceRepository present, string path, int commitsAgo, CancellationToken cancellationToken)
    {
        string branch = (await GitAsync(present.Path, "symbolic-ref", "HEAD")).Trim();
        string[] line = (await GitAsync(present.Path, "rev-list", "--first-parent", $"--max-count={commitsAgo + 1}", branch)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        // With merges fewer steps along the first parents are enough; the count grows with each, so halves find it.
        int at = await Bisection.FirstAsync(1, line.Length - 1, async i => await CountAsync(line[i]) >= commitsAgo);
        int since = at < line.Length ? await CountAsync(line[at]) : 0;
        if (since < commitsAgo)
            throw new BenchmarkException($"the history is shorter than {commitsAgo} commits");
        await GitAsync(present.Path, "init", "-q", "--bare", path);
        await File.WriteAllTextAsync(System.IO.Path.Combine(path, "objects", "info", "alternates"), System.IO.Path.Combine(present.Path, "objects") + "\n", cancellationToken);
        await GitAsync(path, "update-ref", branch, line[at]);
        await GitAsync(path, "symbolic-ref", "HEAD", branch);
        await GitAsync(path, "config", "uploadpack.allowFilter", "true");

        async Task<string> GitAsync(string folder, params string[] arguments) => (await runner.RunAsync("git", folder, cancellationToken, arguments)).Output;

        async Task<int> CountAsync(string from) => int.Parse((await GitAsync(present.Path, "rev-list", "--count", $"{from}..{branch}")).Trim(), CultureInfo.InvariantCulture);
    }
}
