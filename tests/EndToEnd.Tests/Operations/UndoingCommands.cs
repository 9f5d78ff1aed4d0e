using System.Globalization;
using System.Text.Json;
using Monorepo.EndToEnd.Tests.Histories;
using Monorepo.EndToEnd.Tests.Running;

namespace Monorepo.EndToEnd.Tests.Operations;

/// <summary>Commands of the published program undone, after kill -9 too.</summary>
[Collection(nameof(OddHistory))]
public sealed class UndoingCommands(OddHistory history) : IAsyncLifetime
{
    private const int Kills = 15;
    private const int KillMsMax = 120;
    private const int ConflictCode = 4;

    private readonly User _user = new();

    private string Copy => _user.PathTo("copy");

    private string Mine => Path.Combine(Copy, "mine");

    public async ValueTask InitializeAsync()
    {
        File.WriteAllText(_user.PathTo(".gitconfig"), "[user]\n\tname = Dev Eloper\n\temail = dev@example.com\n");
        (await _user.RunAsync("clone", history.Url, Copy)).Succeeds();
        File.WriteAllText(Mine, "committed");
        await RunAsync("commit", "-m", "mine", "mine");
    }

    public ValueTask DisposeAsync()
    {
        _user.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Each_command_goes_back_to_the_byte_and_forward_again()
    {
        string main = await StateAsync();
        await RunAsync("checkout", "v1");
        string old = await StateAsync();
        await RunAsync("undo");
        Assert.Equal(main, await StateAsync());
        await RunAsync("redo");
        Assert.Equal(old, await StateAsync());

        File.WriteAllText(Mine, "in the way");
        string edited = await StateAsync();
        (await InAsync("checkout", "main")).ExitsWith(ConflictCode);
        await RunAsync("checkout", "--force", "main");
        Assert.Equal(main, await StateAsync());
        await RunAsync("undo");
        Assert.Equal(edited, await StateAsync());
        (await InAsync("undo")).ExitsWith(ConflictCode);
        await RunAsync("stash", "-u");
        Assert.Equal(old, await StateAsync());
        await RunAsync("stash", "pop");
        Assert.Equal(edited, await StateAsync());
        await RunAsync("undo");
        await RunAsync("undo");
        Assert.Equal(edited, await StateAsync());
        string log = await RunAsync("op", "log");
        Assert.Equal(4, log.Split('\n').Count(l => l.Contains("mr undo", StringComparison.Ordinal)));
        Assert.Equal(3, log.Split('\n').Count(l => l.Contains("(undone)", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_edit_is_there_after_a_kill_or_after_one_undo()
    {
        Random random = new(6);
        string[][] commands = [["commit", "-m", "kill me"], ["checkout", "--force", "v1"], ["stash", "push"], ["checkout", "--force", "main"]];
        for (int kill = 0; kill < Kills; kill++)
        {
            string content = string.Create(CultureInfo.InvariantCulture, $"precious {kill}");
            File.WriteAllText(Mine, content);
            string[] command = commands[kill % commands.Length];
            using (ProgramRun run = _user.StartIn(Copy, command))
            {
                await Task.WhenAny(run.Exited, After(TimeSpan.FromMilliseconds(random.Next(KillMsMax))));
                if (!run.Exited.IsCompleted)
                {
                    await run.KillAsync();
                }
            }

            await RunAsync("status");
            foreach (string line in (await RunAsync("op", "log", "--json")).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                Assert.True(JsonDocument.Parse(line).RootElement.GetProperty("number").GetInt64() > 0);
            }

            if (!File.Exists(Mine) || await File.ReadAllTextAsync(Mine) != content)
            {
                await RunAsync("undo");
                Assert.Equal(content, await File.ReadAllTextAsync(Mine));
            }

            await RunAsync("checkout", "--force", "main");
        }
    }

    private static Task After(TimeSpan time)
    {
        TaskCompletionSource done = new();
        CancellationTokenSource timer = new(time);
        timer.Token.Register(done.SetResult);
        return done.Task;
    }

    // HEAD, and the working copy as git sees it.
    private async Task<string> StateAsync() => $"{await RunAsync("rev-parse", "HEAD")}{history.Git.TreeOf(Copy)}";

    private Task<ProgramResult> InAsync(params string[] arguments) => _user.RunInAsync(Copy, arguments);

    private async Task<string> RunAsync(params string[] arguments) => (await InAsync(arguments)).Succeeds().Text;
}
