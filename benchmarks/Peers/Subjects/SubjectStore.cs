using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Monorepo.Peers.Generating;
using Monorepo.Peers.Running;

namespace Monorepo.Peers.Subjects;

/// <summary>
/// Keeps what takes long to make, in out/bench-data: generated and cloned histories by what they are made of, and imported stores by the mr-admin that made them.
/// One benchmark at a time.
/// </summary>
internal sealed class SubjectStore(Tools tools, ProgramRunner runner)
{
    /// <summary>The name that imported histories are served under.</summary>
    public const string Repository = "history";

    // What is made is made under another name, and renamed when it is complete.
    private const string Unfinished = ".unfinished";

    // git repack needs minutes for more.
    private const int CommitsPackedMax = 300_000;

    private static readonly EnumerationOptions s_everything = new() { RecurseSubdirectories = true };

    /// <summary>Removes what a run that was cut left half made.</summary>
    public void Clean()
    {
        Directory.CreateDirectory(tools.DataFolder);
        foreach (string unfinished in Directory.EnumerateDirectories(tools.DataFolder, "*" + Unfinished))
        {
            Directory.Delete(unfinished, recursive: true);
        }
    }

    /// <summary>A generated history.</summary>
    public Task<SourceRepository> GenerateAsync(HistoryShape shape, CancellationToken cancellationToken) => PrepareAsync(
        shape.Key,
        shape.ToString(),
        async path =>
        {
            await runner.RunAsync("git", tools.DataFolder, cancellationToken, "init", "-q", "--bare", "--initial-branch=main", path);
            // Quick now: repack makes the deltas.
            ProcessStartInfo start = runner.Prepare("git", path, "-c", "core.compression=1", "fast-import", "--quiet", "--done", "--depth=0");
            await runner.FeedAsync(start, stream => GeneratedHistory.Write(shape, stream), cancellationToken);
            await SourceRepository.SettleAsync(runner, path, shape.Commits <= CommitsPackedMax, cancellationToken);
        },
        cancellationToken);

    /// <summary>A repository or a bundle that somebody has; kept as long as its refs stay what they are.</summary>
    public async Task<SourceRepository> MirrorAsync(string source, CancellationToken cancellationToken)
    {
        string refs = (await runner.RunAsync("git", tools.Root, cancellationToken, "ls-remote", source)).Output;
        string name = Path.GetFileNameWithoutExtension(source.TrimEnd('/'));
        string digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(refs)))[..12];
        return await PrepareAsync(
            $"{name}-{digest}",
            Path.GetFileName(source),
            async path =>
            {
                await runner.RunAsync("git", tools.DataFolder, cancellationToken, "clone", "-q", "--mirror", source, path);
                await SourceRepository.SettleAsync(runner, path, deltas: true, cancellationToken);
            },
            cancellationToken);
    }

    /// <summary>A history as it was at least so many commits ago.</summary>
    public async Task<PastRepository> PastAsync(SourceRepository source, int commitsAgo, CancellationToken cancellationToken)
    {
        string path = Path.Combine(tools.DataFolder, $"{source.Name}.past{commitsAgo}.git");
        if (!Directory.Exists(path))
        {
            await PastRepository.CreateAsync(runner, source, path + Unfinished, commitsAgo, cancellationToken);
            Directory.Move(path + Unfinished, path);
        }

        return await PastRepository.OpenAsync(runner, source, path, cancellationToken);
    }

    /// <summary>A history with a sparse profile in it.</summary>
    /// <param name="whole">Without it.</param>
    /// <param name="share">Of its files, that the profile has.</param>
    /// <param name="cancellationToken">Ends git.</param>
    public async Task<ProfiledRepository> ProfileAsync(SourceRepository whole, double share, CancellationToken cancellationToken)
    {
        string path = Path.Combine(tools.DataFolder, string.Create(CultureInfo.InvariantCulture, $"{whole.Name}.profile{share * 100:0.##}.git"));
        if (!Directory.Exists(path))
        {
            await ProfiledRepository.CreateAsync(runner, whole, path + Unfinished, share, cancellationToken);
            Directory.Move(path + Unfinished, path);
        }

        return await ProfiledRepository.OpenAsync(runner, path, cancellationToken);
    }

    /// <summary>A folder for monorepod's <c>--data</c> that holds a git repository under its <see cref="Repository"/> name. Not to be changed: copy it first.</summary>
    public async Task<string> ImportAsync(string repository, CancellationToken cancellationToken)
    {
        await using FileStream program = File.OpenRead(tools.Admin);
        string made = Convert.ToHexStringLower(await SHA256.HashDataAsync(program, cancellationToken))[..12];
        string prefix = $"{Path.GetFileName(repository)}.store-";
        string data = Path.Combine(tools.DataFolder, prefix + made);
        if (Directory.Exists(data))
            return data;
        foreach (string old in Directory.EnumerateDirectories(tools.DataFolder, prefix + "*"))
        {
            Directory.Delete(old, recursive: true);
        }

        Console.Error.WriteLine($"bench: importing {Path.GetFileName(repository)}");
        await runner.RunAsync(tools.Admin, tools.DataFolder, cancellationToken, "import", repository, "--repo", Repository, "--data", data + Unfinished);
        Directory.Move(data + Unfinished, data);
        return data;
    }

    /// <summary>All files below a folder.</summary>
    public static long BytesOf(string folder) => Directory.EnumerateFiles(folder, "*", s_everything).Sum(file => new FileInfo(file).Length);

    private async Task<SourceRepository> PrepareAsync(string key, string description, Func<string, Task> makeAsync, CancellationToken cancellationToken)
    {
        string path = Path.Combine(tools.DataFolder, key + ".git");
        if (!Directory.Exists(path))
        {
            Console.Error.WriteLine($"bench: preparing {description}");
            await makeAsync(path + Unfinished);
            Directory.Move(path + Unfinished, path);
        }

        return await SourceRepository.OpenAsync(runner, path, description, cancellationToken);
    }
}
