using System.Buffers;
using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.Cleaning;
using Monorepo.Workspace.Status;
using Monorepo.Workspace.Tests.Checkout;
using Monorepo.Workspace.Tests.Commits;
using Monorepo.Workspace.Tracking;

namespace Monorepo.Workspace.Tests.Tracking;

/// <summary>
/// A clone of ours and a git repository over the same files. What ours does to what is tracked is done to git's index; what it does to files both see.
/// </summary>
internal sealed class MirroredClone(CommittingClone clone) : IDisposable
{
    public CommittingClone Clone => clone;

    public string Top => clone.Top;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<MirroredClone> CreateAsync(RandomTrees trees) => new(await CommittingClone.CreateAsync(trees));

    public string File(string path) => Path.Combine(Top, path);

    public static byte[] Bytes(string path) => Encoding.UTF8.GetBytes(path);

    /// <summary>Paths that git tracks, without submodules.</summary>
    public string[] Tracked() => [.. GitZ("ls-files", "-s", "-z").Where(l => !l.StartsWith("160000", StringComparison.Ordinal)).Select(l => l[(l.IndexOf('\t', StringComparison.Ordinal) + 1)..])];

    /// <summary>Files that git does not track and does not ignore, at and below a path.</summary>
    public string[] Untracked(string path) => [.. GitZ("--literal-pathspecs", "ls-files", "-z", "--others", "--exclude-standard", "--", path)];

    public async Task<AddResult> AddAsync(string path, bool force = false)
    {
        string[] files = Untracked(path);
        AddResult result = await new FileAdder(clone.Clone, clone.WorkingCopy).AddAsync(clone.Objects, [Bytes(path)], force, dryRun: false, Token);
        if (result.Outcome == AddOutcome.Done)
        {
            Assert.Equal(files.Where(f => !f.EndsWith('/')).Order(StringComparer.Ordinal), result.Paths.Select(Encoding.UTF8.GetString).Order(StringComparer.Ordinal));
            foreach (string file in files.Where(f => !f.EndsWith('/')))
            {
                clone.Git("--literal-pathspecs", "add", "--", file);
            }
        }

        return result;
    }

    public async Task<RemoveResult> RemoveAsync(string path, bool cached, bool force)
    {
        RemoveResult result = await new FileRemover(clone.WorkingCopy).RemoveAsync(clone.Objects, [Bytes(path)], new RemoveOptions(Recursive: true, cached, force, DryRun: false), Token);
        if (result.Outcome == RemoveOutcome.Done)
        {
            clone.Git("--literal-pathspecs", "rm", "-q", "-r", "--cached", "-f", "--", path);
        }

        return result;
    }

    public async Task<MoveResult> MoveAsync(string from, string to)
    {
        MoveResult result = await new FileMover(clone.WorkingCopy).MoveAsync(clone.Objects, [Bytes(from)], Bytes(to), force: false, dryRun: false, Token);
        if (result.Outcome == MoveOutcome.Done)
        {
            string target = Encoding.UTF8.GetString(result.Moves[0].To);
            StringBuilder index = new();
            foreach (string line in GitZ("--literal-pathspecs", "ls-files", "-s", "-z", "--", from))
            {
                int tab = line.IndexOf('\t', StringComparison.Ordinal);
                index.Append($"0 {ObjectId.Null}\t{line[(tab + 1)..]}\0{line[..tab]}\t{target}{line[(tab + 1 + from.Length)..]}\0");
            }

            clone.Git(Encoding.UTF8.GetBytes(index.ToString()), "update-index", "-z", "--index-info");
        }

        return result;
    }

    /// <summary>Restores paths that HEAD has.</summary>
    public async Task RestoreAsync(string path)
    {
        RestoreResult result = await new FileRestorer(clone.WorkingCopy).RestoreAsync(clone.Objects, null, [Bytes(path)], null, Token);
        Assert.Null(result.Unknown);
        clone.Git("--literal-pathspecs", "reset", "-q", "--", path);
    }

    public async Task<string[]> CleanAsync(CleanOptions options) => [.. (await new Cleaner(clone.WorkingCopy).CleanAsync(clone.Objects, [[]], options, Token))
        .Select(c => $"{c.Outcome} {Encoding.UTF8.GetString(c.Path)}")];

    /// <summary>Both say the same of the working copy.</summary>
    public async Task AssertSameAsync(string what)
    {
        StatusResult status = await clone.WorkingCopy.ScanAsync(includeIgnored: false, null, Token);
        ArrayBufferWriter<byte> output = new();
        PorcelainFormatter.Write(status.Entries, output, nulTerminated: true);
        string[] ours = [.. Encoding.UTF8.GetString(output.WrittenSpan).Split('\0', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];
        string[] gits = [.. GitZ("-c", "status.renames=false", "status", "--porcelain=v1", "-z").Select(WithoutStage).Order(StringComparer.Ordinal)];
        Assert.True(ours.SequenceEqual(gits, StringComparer.Ordinal), $"{what}:\ngit:\n{string.Join('\n', gits)}\nours:\n{string.Join('\n', ours)}");
    }

    public void Dispose() => clone.Dispose();

    // There is no staging area: a change counts from where it is, and of a new file only that it is new.
    private static string WithoutStage(string line) => (line[0], line[1]) switch
    {
        ('?' or '!', _) => line,
        ('A', 'D') => line,
        ('A', _) => "A " + line[2..],
        ('D', _) => "D " + line[2..],
        (var staged, ' ') => $" {staged}{line[2..]}",
        (_, var changed) => $" {changed}{line[2..]}",
    };

    private string[] GitZ(params string[] arguments) =>
        Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(clone.Git(arguments))).Split('\0', StringSplitOptions.RemoveEmptyEntries);
}
