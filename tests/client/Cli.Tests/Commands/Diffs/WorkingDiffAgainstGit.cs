using System.Globalization;
using Monorepo.Cli.Tests.Commands.Paths;
using Monorepo.Testing.Git;

namespace Monorepo.Cli.Tests.Commands.Diffs;

/// <summary><c>mr diff REV</c> compares a revision with the working copy as git does, whatever was done to it.</summary>
public abstract class WorkingDiffAgainstGit(ServedHistory history)
{
    private const int Rounds = 12;
    private const int Seed = 9;

    [Fact]
    public async Task A_revision_is_compared_with_edited_files()
    {
        Random random = new(Seed);
        string[] all = history.Git.Lines("rev-list", "HEAD");
        string work = history.CloneDirectory + "-git";

        // Git's attributes say which languages' functions stand in hunk headers; mr has the default alone.
        await File.WriteAllTextAsync(Path.Combine(history.Git.Line("rev-parse", "--absolute-git-dir"), "info", "attributes"), "* !diff !text !eol\n", TestContext.Current.CancellationToken);
        history.Git.Run("worktree", "add", "-q", "--detach", work, all[0]);
        for (int round = 0; round < Rounds; round++)
        {
            string start = all[random.Next(Math.Min(all.Length, 300))];
            GitCommand.Run(work, "reset", "-q", "--hard", start);
            GitCommand.Run(work, "clean", "-fdxq");
            Assert.Equal(0, (await history.RunAsync("checkout", "--exact", start)).Code);
            int edits = random.Next();
            List<string> added = Edit(new Random(edits), history.CloneDirectory);
            _ = Edit(new Random(edits), work);
            if (added.Count > 0)
            {
                Assert.Equal(0, (await history.RunAsync(["add", "--", .. added.Select(p => Path.Combine(history.CloneDirectory, p))])).Code);
            }

            GitCommand.Run(work, "add", "-A");
            await SameAsync(work, ["diff", "--full-index"], ["diff", "--full-index", "HEAD"]);
            await SameAsync(work, ["diff", "--stat", "HEAD"], ["diff", "--stat", "HEAD"]);
            for (int i = 0; i < 4; i++)
            {
                string other = all[random.Next(Math.Min(all.Length, 300))];
                await SameAsync(work, ["diff", "--full-index", other], ["diff", "--full-index", other]);
                await SameAsync(work, ["diff", "--name-status", "-M30%", other], ["diff", "--name-status", "-M30%", other]);
                string top = GitCommand.Run(work, "ls-files", "-z") is { Length: > 0 } files ? System.Text.Encoding.UTF8.GetString(files).Split('\0')[0].Split('/')[0] : ".";
                await SameAsync(work, ["diff", "--numstat", other, "--", top], ["diff", "--numstat", other, "--", top]);
            }
        }
    }

    // The same in both for the same numbers.
    private static List<string> Edit(Random random, string folder)
    {
        List<string> added = [];
        string[] files = [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(folder, f))
            .Where(f => !f.StartsWith(".mr", StringComparison.Ordinal) && !f.StartsWith(".git", StringComparison.Ordinal) && new FileInfo(Path.Combine(folder, f)).LinkTarget is null)
            .Order(StringComparer.Ordinal)];
        for (int i = 0; i < 5 && files.Length > 0; i++)
        {
            string path = files[random.Next(files.Length)];
            int kind = random.Next(5);
            string fresh = string.Create(CultureInfo.InvariantCulture, $"fresh/{i}/{Path.GetFileName(path)}");
            string full = Path.Combine(folder, path);
            if (!File.Exists(full))
            {
                continue;
            }

            switch (kind)
            {
                case 0:
                    File.Delete(full);
                    break;
                case 1:
                    File.AppendAllText(full, "one more line\n");
                    break;
                case 2:
                    File.SetUnixFileMode(full, File.GetUnixFileMode(full) ^ (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute));
                    break;
                case 3:
                    Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, fresh))!);
                    File.Move(full, Path.Combine(folder, fresh));
                    File.AppendAllText(Path.Combine(folder, fresh), "moved\n");
                    added.Add(fresh);
                    break;
                default:
                    Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, fresh))!);
                    File.WriteAllText(Path.Combine(folder, fresh), "new\nfile\n");
                    added.Add(fresh);
                    break;
            }
        }

        return added;
    }

    private async Task SameAsync(string work, string[] mr, string[] git)
    {
        (int code, byte[] ours) = await history.RunAsync(mr);
        Assert.Equal(0, code);
        byte[] gits = GitCommand.Run(work, git);
        int at = ours.AsSpan().CommonPrefixLength(gits);
        Assert.True(
            at == ours.Length && at == gits.Length,
            $"seed {Seed}: mr {string.Join(' ', mr)} and git {string.Join(' ', git)} part at byte {at}.\n--- mr\n{Around(ours, at)}\n--- git\n{Around(gits, at)}");
    }

    private static string Around(byte[] text, int at)
    {
        int start = Math.Max(0, at - 400);
        return System.Text.Encoding.UTF8.GetString(text.AsSpan(start, Math.Min(text.Length - start, 700)));
    }
}

public sealed class RenamesWorkingDiffTests(ServedFileRenames history) : WorkingDiffAgainstGit(history), IClassFixture<ServedFileRenames>;

public sealed class VfsForGitWorkingDiffTests(ServedVfsForGit history) : WorkingDiffAgainstGit(history), IClassFixture<ServedVfsForGit>;
