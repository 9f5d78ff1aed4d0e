using System.Text;
using System.Text.Json;

namespace Monorepo.Cli.Tests.Commands.Paths;

/// <summary><c>mr last-modified</c> names for each entry the commit that <c>git log -1 -- ENTRY</c> names.</summary>
public abstract class LastModifiedAgainstGit(ServedHistory history, int directories)
{
    [Fact]
    public async Task Each_entry_has_the_commit_that_git_gives()
    {
        Random random = new(17);
        string[] commits = history.Git.Lines("rev-list", "HEAD");
        for (int i = 0; i < directories; i++)
        {
            string commit = i < 3 ? "HEAD" : commits[random.Next(commits.Length)];
            string[] all = [".", .. history.Git.Run("ls-tree", "-r", "-d", "-z", "--name-only", commit).Split('\0', StringSplitOptions.RemoveEmptyEntries)];
            string directory = all[i == 0 ? 0 : random.Next(all.Length)];
            (int code, byte[] output) = await history.RunAsync(["last-modified", "--json", commit, directory]);
            Assert.Equal(0, code);
            List<string> names = [];
            foreach (string line in Encoding.UTF8.GetString(output).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                using JsonDocument json = JsonDocument.Parse(line);
                string name = json.RootElement.GetProperty("name").GetString()!;
                names.Add(name);
                if (names.Count <= 8)
                {
                    Assert.Equal(history.Git.Line("log", "-1", "--format=%H", commit, "--", $"{directory}/{name}"), json.RootElement.GetProperty("commit").GetString());
                }
            }

            string tree = directory == "." ? commit : $"{commit}:{directory}";
            Assert.Equal(history.Git.Run("ls-tree", "-z", "--name-only", tree).Split('\0', StringSplitOptions.RemoveEmptyEntries), names);
        }
    }

    [Fact]
    public async Task What_is_no_directory_is_refused_and_the_table_has_a_row_for_each_entry()
    {
        Assert.Equal((int)ExitCode.NotFound, (await history.RunAsync(["last-modified", "no/such/directory"])).Code);
        (int code, byte[] output) = await history.RunAsync(["last-modified"]);
        Assert.Equal(0, code);
        Assert.Equal(history.Git.Lines("ls-tree", "HEAD").Length, Encoding.UTF8.GetString(output).Count(c => c == '\n'));
    }
}

public sealed class WatchmanLastModifiedTests(ServedWatchman history) : LastModifiedAgainstGit(history, 6), IClassFixture<ServedWatchman>;

public sealed class VfsForGitLastModifiedTests(ServedVfsForGit history) : LastModifiedAgainstGit(history, 12), IClassFixture<ServedVfsForGit>;

public sealed class TangleLastModifiedTests(ServedPathTangle history) : LastModifiedAgainstGit(history, 30), IClassFixture<ServedPathTangle>;
