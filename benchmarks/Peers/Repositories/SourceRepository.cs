using System.Diagnostics;
using System.Globalization;
using Monorepo.Peers.Running;

namespace Monorepo.Peers.Repositories;

/// <summary>
/// The history that both sides work on: a bare repository with one pack, bitmaps and a commit graph, so that git's server is at its best,
/// and filters allowed.
/// </summary>
/// <param name="Path">The repository.</param>
/// <param name="Pack">Its pack.</param>
/// <param name="Head">The commit to check out.</param>
/// <param name="Description">Where it is from.</param>
/// <param name="Commits">Reachable ones.</param>
/// <param name="Objects">In the pack.</param>
/// <param name="Files">At HEAD.</param>
/// <param name="PackBytes">The pack's size.</param>
internal sealed record SourceRepository(string Path, string Pack, string Head, string Description, long Commits, long Objects, long Files, long PackBytes)
{
    public static async Task<SourceRepository> CreateAsync(ProgramRunner runner, string path, string? source, HistoryShape shape, CancellationToken cancellationToken)
    {
        string parent = System.IO.Path.GetDirectoryName(path)!;
        if (source is not null)
        {
            await runner.RunAsync("git", parent, cancellationToken, "clone", "-q", "--mirror", source, path);
        }
        else
        {
            await runner.RunAsync("git", parent, cancellationToken, "init", "-q", "--bare", "--initial-branch=main", path);
            await ImportAsync(runner, path, shape, cancellationToken);
        }

        await GitAsync("repack", "-q", "-a", "-d", "-f", "-b");
        await GitAsync("commit-graph", "write", "--reachable");
        foreach (string setting in (string[])["uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"])
        {
            await GitAsync("config", setting, "true");
        }

        string pack = Directory.GetFiles(System.IO.Path.Combine(path, "objects", "pack"), "*.pack").Single();
        string counted = (await GitAsync("count-objects", "-v")).Output;
        return new SourceRepository(
            path,
            pack,
            (await GitAsync("rev-parse", "HEAD")).Output.Trim(),
            source is null ? shape.ToString() : System.IO.Path.GetFileName(source),
            long.Parse((await GitAsync("rev-list", "--all", "--count")).Output.Trim(), CultureInfo.InvariantCulture),
            long.Parse(counted.Split('\n').First(line => line.StartsWith("in-pack: ", StringComparison.Ordinal))["in-pack: ".Length..], CultureInfo.InvariantCulture),
            (await GitAsync("ls-tree", "-r", "--name-only", "-z", "HEAD")).Output.Count(c => c == '\0'),
            new FileInfo(pack).Length);

        Task<ProgramOutcome> GitAsync(params string[] arguments) => runner.RunAsync("git", path, cancellationToken, arguments);
    }

    private static async Task ImportAsync(ProgramRunner runner, string path, HistoryShape shape, CancellationToken cancellationToken)
    {
        ProcessStartInfo start = runner.Prepare("git", path, "fast-import", "--quiet", "--done");
        using Process process = Process.Start(start) ?? throw new BenchmarkException("git fast-import did not start");
        Task<string> errors = process.StandardError.ReadToEndAsync(cancellationToken);
        try
        {
            new HistoryGenerator(shape).WriteTo(process.StandardInput.BaseStream);
        }
        catch (IOException)
        {
            // It ended early; its exit code and words say why.
        }

        process.StandardInput.Close();
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
            throw new BenchmarkException($"git fast-import exited with {process.ExitCode}: {await errors}");
    }
}
