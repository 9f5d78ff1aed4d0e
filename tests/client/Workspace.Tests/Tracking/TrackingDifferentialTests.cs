using System.Text;
using Monorepo.Workspace.Cleaning;
using Monorepo.Workspace.Commits;
using Monorepo.Workspace.Tests.Checkout;
using Monorepo.Workspace.Tests.Commits;
using Monorepo.Workspace.Tracking;

namespace Monorepo.Workspace.Tests.Tracking;

/// <summary>Random adds, removals, moves, edits, restores and commits: after each, git's status of the same files is ours, and its commits are.</summary>
public sealed class TrackingDifferentialTests
{
    private const int Steps = 60;

    private static readonly string[] s_names = ["new", "other", "deep/er/file", "deep/two", "a/b/c", "ab", "x.log", "sp ace", "ü"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Status_and_commits_are_gits(int seed)
    {
        Random random = new(seed);
        using MirroredClone clone = await MirroredClone.CreateAsync(new RandomTrees(new Random(seed), commits: 2, filesMax: 40, textNames: true));
        File.WriteAllText(clone.File(".gitignore"), "*.log\n");
        for (int step = 0; step < Steps; step++)
        {
            string what = await StepAsync(clone, random);
            await clone.AssertSameAsync($"seed {seed} step {step} ({what})");
        }
    }

    private static async Task<string> StepAsync(MirroredClone clone, Random random)
    {
        string[] tracked = clone.Tracked();
        string[] untracked = clone.Untracked(".");
        string path = tracked.Length == 0 ? "none" : tracked[random.Next(tracked.Length)];
        string name = s_names[random.Next(s_names.Length)];
        switch (random.Next(12))
        {
            case 0 or 1:
                Write(clone.File(name), $"new {random.Next(3)}");
                return $"write {name}";
            case 2 when File.Exists(clone.File(path)):
                File.Delete(clone.File(path));
                Write(clone.File(path), $"edited {random.Next(3)}");
                return $"edit {path}";
            case 3 when File.Exists(clone.File(path)):
                File.Delete(clone.File(path));
                return $"delete {path}";
            case 4 or 5 when untracked.Length > 0:
                string chosen = untracked[random.Next(untracked.Length)].TrimEnd('/');
                int slash = chosen.IndexOf('/', StringComparison.Ordinal);
                string added = slash > 0 && random.Next(2) == 0 ? chosen[..slash] : chosen;
                await clone.AddAsync(added);
                return $"add {added}";
            case 6 when tracked.Length > 0:
                bool cached = random.Next(2) == 0;
                RemoveResult removed = await clone.RemoveAsync(path, cached, force: random.Next(2) == 0);
                return $"rm {path} {(cached ? "cached " : "")}{removed.Outcome}";
            case 7 when tracked.Length > 0:
                MoveResult moved = await clone.MoveAsync(path, random.Next(2) == 0 ? name : Path.Combine(Path.GetDirectoryName(path)!, "moved"));
                return $"mv {path} {moved.Outcome}";
            case 8 when clone.Clone.Git("ls-tree", "-r", "--name-only", "-z", "HEAD").Split('\0') is { Length: > 1 } committed:
                string restored = Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(committed[random.Next(committed.Length - 1)]));
                await clone.RestoreAsync(restored);
                return $"restore {restored}";
            case 9:
                return await CommitAsync(clone, amend: false);
            case 10 when clone.Clone.Clone.Local.Commits.Count > 0:
                return await CommitAsync(clone, amend: true);
            case 11 when random.Next(3) == 0:
                await clone.CleanAsync(new CleanOptions(CleanedFiles.Untracked, Folders: true, Repositories: false, DryRun: false));
                Assert.Empty(clone.Untracked("."));
                return "clean";
            default:
                return "nothing";
        }
    }

    private static async Task<string> CommitAsync(MirroredClone clone, bool amend)
    {
        CommittingClone ours = clone.Clone;
        string[] options = amend ? ["--amend"] : [];
        CommitRequest request = CommittingClone.Request("message", allowEmpty: true);
        CommitResult result = await ours.WorkingCopy.CommitAsync(ours.Objects, request with { Amend = amend, Author = amend ? null : request.Author }, null, TestContext.Current.CancellationToken);
        Assert.Equal(CommitOutcome.Done, result.Outcome);
        ours.Git(["commit", "-q", "-a", "--allow-empty", "-m", "message", .. options]);
        Assert.True(ours.Git("rev-parse", "HEAD") == result.Id.ToString(), $"{(amend ? "amended" : "committed")}:\n{ours.Git("ls-tree", "-r", "HEAD")}\nours:\n{Encoding.UTF8.GetString(ours.Objects.TryReadLocal(result.Id)!.Body.Span)}");
        return amend ? "amend" : "commit";
    }

    // Whatever stands in the way goes, as when a person makes room.
    private static void Write(string path, string text)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        string folder = Path.GetDirectoryName(path)!;
        for (string at = folder; at.Length > 1; at = Path.GetDirectoryName(at)!)
        {
            if (new FileInfo(at) is { Exists: true } or { LinkTarget: not null })
            {
                File.Delete(at);
            }
        }

        Directory.CreateDirectory(folder);
        File.Delete(path);
        File.WriteAllText(path, text);
    }
}
