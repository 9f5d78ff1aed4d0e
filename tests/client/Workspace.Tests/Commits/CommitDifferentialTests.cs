using System.Text;
using Monorepo.Core;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Commits;
using Monorepo.Workspace.Files;
using Monorepo.Workspace.Tests.Checkout;

namespace Monorepo.Workspace.Tests.Commits;

/// <summary>The same files committed by us and by git, by the same author at the same time, must have the same id.</summary>
public sealed class CommitDifferentialTests
{
    private const int Rounds = 6;

    private static readonly string[] s_messages =
    [
        "one line", "\n\n  leading and trailing \t \n\n\n two   \n\n\n\nthree\n\n", "# not a comment here", "ünïcode\r\nand returns\r\n", "no newline at the end\nsecond",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Tracked_changes_make_gits_commit(int seed)
    {
        Random random = new(seed);
        using CommittingClone clone = await CommittingClone.CreateAsync(new RandomTrees(new Random(seed), commits: 2, filesMax: 60));
        for (int round = 0; round < Rounds; round++)
        {
            Edit(clone, random, count: random.Next(1, 6));
            string message = s_messages[random.Next(s_messages.Length)];
            clone.Git(Encoding.UTF8.GetBytes(message), "commit", "-q", "-a", "--allow-empty", "-F", "-");
            CommitResult result = await clone.CommitAsync(message, allowEmpty: true);
            Assert.Equal(CommitOutcome.Done, result.Outcome);
            Assert.True(clone.Git("rev-parse", "HEAD") == result.Id.ToString(), $"seed {seed}, round {round}: {clone.Git("cat-file", "-p", "HEAD")}\n{Encoding.UTF8.GetString(clone.Objects.TryReadLocal(result.Id)!.Body.Span)}");
            Assert.DoesNotContain(await clone.StatusAsync(), line => !line.StartsWith("Untracked", StringComparison.Ordinal));
            Assert.Equal(result.Id, clone.Clone.Head.Commit);
        }
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public async Task Named_paths_make_gits_commit_of_them_alone(int seed)
    {
        Random random = new(seed);
        using CommittingClone clone = await CommittingClone.CreateAsync(new RandomTrees(new Random(seed), commits: 2, filesMax: 60));
        for (int round = 0; round < Rounds; round++)
        {
            Edit(clone, random, count: 6);
            AddFiles(clone, random, round);
            byte[] path = round % 3 == 0 ? [] : Encoding.UTF8.GetBytes(round % 3 == 1 ? "fresh" : $"fresh/{round}");
            string spec = path.Length == 0 ? "." : Encoding.UTF8.GetString(path);
            clone.Git("add", "-A", "--", spec);
            clone.Git("commit", "-q", "--allow-empty", "-m", "named");
            CommitResult result = await clone.CommitAsync("named", [path], allowEmpty: true);
            Assert.True(clone.Git("rev-parse", "HEAD^{tree}") == clone.Clone.History.Read(Position(clone, result.Id)).Tree.ToString(), $"seed {seed}, round {round}: {clone.Git("status", "--porcelain")}\n{string.Join('\n', await clone.StatusAsync())}");
            Assert.Equal(clone.Git("rev-parse", "HEAD"), result.Id.ToString());
        }
    }

    private static int Position(CommittingClone clone, ObjectId id)
    {
        Assert.True(clone.Clone.History.TryFind(id, out Workspace.History.CommitNode node));
        return node.Position;
    }

    private static void AddFiles(CommittingClone clone, Random random, int round)
    {
        string directory = Path.Combine(clone.Top, "fresh", $"{round}", random.Next(2) == 0 ? "deep" : "");
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(clone.Top, "fresh", ".gitignore"), "*.log\n");
        File.WriteAllText(Path.Combine(directory, "file"), $"in round {round}");
        File.WriteAllText(Path.Combine(directory, "ignored.log"), "log");
    }

    private static void Edit(CommittingClone clone, Random random, int count)
    {
        using IWorkingFiles files = clone.WorkingCopy.OpenFiles();
        using var dirstate = clone.WorkingCopy.OpenDirstate()!;
        List<byte[]> paths = [];
        for (var cursor = dirstate.Reader.Open(); cursor.MoveNext();)
        {
            if (cursor.Mode.HasBlob())
                paths.Add(cursor.Path.ToArray());
        }

        for (int i = 0; i < count && paths.Count > 0; i++)
        {
            byte[] path = paths[random.Next(paths.Count)];
            using IWorkingDirectory? directory = files.OpenDirectory(WorkingPath.Split(path, out ReadOnlySpan<byte> name));
            if (directory?.GetStatus(name) is not { } status || status.Kind == FileKind.Directory)
                continue;
            directory.Delete(name);
            switch (random.Next(6))
            {
                case 0:
                    break;
                case 1:
                    directory.TryCreateSymlink(name, Encoding.UTF8.GetBytes($"target {random.Next(3)}"));
                    break;
                case 2:
                    // A directory in the file's place: git sees the file deleted.
                    directory.CreateDirectory(name);
                    break;
                default:
                    using (IWorkingFile file = directory.TryCreate(name, executable: random.Next(3) == 0)!)
                    {
                        file.Write(Encoding.UTF8.GetBytes($"edited {random.Next(4)}\r\n" + new string('y', random.Next(2) * 3000)));
                    }

                    break;
            }
        }
    }
}
