using Monorepo.EndToEnd.Tests.Running;
using Monorepo.Testing.Git;

namespace Monorepo.EndToEnd.Tests.Watching;

/// <summary>Stock git in a repository of its own, with the watcher as its fsmonitor hook: its status is the one it finds without.</summary>
public sealed class GitHook : IDisposable
{
    private static readonly string[] s_names = ["a", "b", "c.txt", "d", "e"];

    private readonly TemporaryFolder _folder = new("mr-git-hook-");

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Status_is_the_same_with_and_without_the_hook_after_each_step(int seed)
    {
        Random random = new(seed);
        string top = _folder.FullPath;
        GitCommand.Run(top, "init", "-q");
        for (int i = 0; i < 40; i++)
            Write(top, random);
        GitCommand.Run(top, "add", "-A");
        GitCommand.Run(top, "commit", "-q", "-m", "x");
        using User user = new();
        user.UseWatcher();
        (await user.RunInAsync(top, "watcher", "start")).Succeeds();
        try
        {
            GitCommand.Run(top, "config", "core.fsmonitor", $"'{Programs.Client}' watcher git-hook");
            GitCommand.Run(top, "config", "core.fsmonitorHookVersion", "2");
            for (int step = 0; step < 60; step++)
            {
                for (int i = random.Next(1, 4); i > 0; i--)
                    Step(top, random);
                string with = System.Text.Encoding.UTF8.GetString(GitCommand.Run(top, "status", "--porcelain=v1"));
                string without = System.Text.Encoding.UTF8.GetString(GitCommand.Run(top, "--no-optional-locks", "-c", "core.fsmonitor=false", "status", "--porcelain=v1"));
                Assert.True(string.Equals(without, with, StringComparison.Ordinal), $"seed {seed} step {step}: without the hook\n{without}\nwith it\n{with}");
            }

            // The hook was asked, and could answer.
            ProgramResult info = (await user.RunInAsync(top, "watcher", "status", "--json")).Succeeds();
            Assert.DoesNotContain("\"questions\":0,", info.Text, StringComparison.Ordinal);
        }
        finally
        {
            (await user.RunInAsync(top, "watcher", "stop")).Succeeds();
        }
    }

    public void Dispose() => _folder.Dispose();

    private static void Step(string top, Random random)
    {
        string path = Path.Combine(top, s_names[random.Next(s_names.Length)], s_names[random.Next(s_names.Length)]);
        switch (random.Next(7))
        {
            case 0 when File.Exists(path):
                File.Delete(path);
                break;
            case 1 when Directory.Exists(path):
                Directory.Delete(path, recursive: true);
                break;
            case 2 when Path.Exists(path):
                string other = Path.Combine(Path.GetDirectoryName(path)!, s_names[random.Next(s_names.Length)]);
                if (!Path.Exists(other))
                    Directory.Move(path, other);
                break;
            case 3 when random.Next(4) == 0:
                GitCommand.Run(top, "stash", "-q");
                break;
            case 4 when random.Next(4) == 0:
                GitCommand.Run(top, "add", "-A");
                GitCommand.Run(top, "commit", "-q", "--allow-empty", "-m", "x");
                break;
            default:
                Write(top, random);
                break;
        }
    }

    private static void Write(string top, Random random)
    {
        string directory = top;
        for (int depth = random.Next(1, 4); depth > 0; depth--)
            directory = Path.Combine(directory, s_names[random.Next(s_names.Length)]);
        string file = Path.Combine(directory, s_names[random.Next(s_names.Length)]);
        try
        {
            Directory.CreateDirectory(directory);
            File.WriteAllText(file, new string((char)random.Next('a', 'z'), random.Next(20)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The place is taken.
        }
    }
}
