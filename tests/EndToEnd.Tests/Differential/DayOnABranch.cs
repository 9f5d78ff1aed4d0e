using System.Globalization;
using System.Text;
using Monorepo.EndToEnd.Tests.Histories;
using Monorepo.EndToEnd.Tests.Running;
using Monorepo.Testing.Git;

namespace Monorepo.EndToEnd.Tests.Differential;

/// <summary>The same work on branches, tags and files in a clone and in a git repository: same status, same trees, same lists. Commands are killed on the way.</summary>
public sealed class DayOnABranch : IAsyncLifetime
{
    private const int Kills = 8;

    private readonly OddHistory _history = new();
    private readonly User _user = new();

    private string Copy => _user.PathTo("copy");

    private string Git => _user.PathTo("git");

    public async ValueTask InitializeAsync()
    {
        await _history.InitializeAsync();
        File.WriteAllText(_user.PathTo(".gitconfig"), "[user]\n\tname = Dev Eloper\n\temail = dev@example.com\n");
        (await _user.RunAsync("clone", _history.Url, "copy")).Succeeds();
        GitCommand.Run(_user.Folder, "clone", "-q", _history.Git.FullPath, Git);
        File.WriteAllText(Path.Combine(Git, ".git/info/attributes"), "* -text\n");
    }

    public async ValueTask DisposeAsync()
    {
        _user.Dispose();
        await _history.DisposeAsync();
    }

    [Fact]
    public async Task Branches_files_and_tags_are_gits()
    {
        await BothAsync("switch", "-q", "-c", "topic");
        Write("new/one", "1\n");
        Write("new/two", "2\n");
        Write("loose", "untracked\n");
        await BothAsync("add", "new");
        await BothAsync("rm", "-q", "tool.sh");
        await BothAsync("mv", "large.txt", "new/large.txt");
        await BothAsync("rm", "-q", "--cached", "binary.bin");
        await BothAsync("mv", "dir", "moved");
        File.AppendAllText(Path.Combine(Copy, ".hidden"), "more\n");
        File.AppendAllText(Path.Combine(Git, ".hidden"), "more\n");
        await SameStatusAsync();
        await CommitAsync("first");
        await SameStatusAsync();

        Write("new/one", "changed\n");
        await BothAsync("mv", "new/two", "three");
        await MrAsync("amend", "-m", "better");
        RunGit("commit", "-q", "-a", "--amend", "-m", "better");
        await SameTreeAsync("HEAD");
        await SameTreeAsync("HEAD~1");

        // git would not overwrite it, mr sees that it holds what it is to hold.
        Delete("binary.bin");
        Assert.Equal("better", (await MrAsync("log", "-n", "1", "--format=%s")).Text.Trim());

        await BothAsync("branch", "older", "HEAD~1");
        await BothAsync("branch", "-m", "older", "renamed/branch");
        await BothAsync("branch", "gone");
        await SameOutputAsync("branch");
        await BothAsync("branch", "-d", "gone");
        (await _user.RunInAsync(Copy, "branch", "-d", "topic")).ExitsWith(4);
        (await _user.RunInAsync(Copy, "branch", "topic")).ExitsWith(4);
        (await _user.RunInAsync(Copy, "branch", "topic/below")).ExitsWith(4);
        (await _user.RunInAsync(Copy, "branch", "bad..name")).ExitsWith(2);
        await BothAsync("switch", "-q", "main");
        await SameOutputAsync("branch");
        await SameTreeAsync("HEAD");
        Assert.Equal(4, (await _user.RunInAsync(Copy, "branch", "-d", "topic")).ExitCode);
        await BothAsync("switch", "-q", "-");
        await SameOutputAsync("branch");
        await SameStatusAsync();

        await BothAsync("tag", "v9");
        await BothAsync("tag", "-a", "-m", "annotated", "v10", "HEAD~1");
        await BothAsync("tag", "side/v1", "main");
        await SameOutputAsync("tag");
        await SameOutputAsync("tag", "-l", "v*");
        await BothAsync("tag", "-d", "v9");
        await SameOutputAsync("tag");
        await SameTreeAsync("v10");
    }

    [Fact]
    public async Task Restored_and_cleaned_files_are_gits()
    {
        Write("tool.sh", "broken\n");
        Delete(".hidden");
        Write("src/untracked", "x\n");
        Write("u/deep/file", "x\n");
        Write("u/a.log", "ignored\n");
        Write("build/out", "ignored\n");
        Directory.CreateDirectory(Path.Combine(Copy, "void/inner"));
        Directory.CreateDirectory(Path.Combine(Git, "void/inner"));
        await SameStatusAsync();
        foreach (string[] options in (string[][])[["-n"], ["-nd"], ["-ndx"], ["-ndX"], ["-n", "u"], ["-nx"], ["-nX"]])
        {
            await SameOutputAsync(["clean", .. options]);
        }

        Assert.Equal(2, (await _user.RunInAsync(Copy, "clean", "-d")).ExitCode);
        await SameOutputAsync("clean", "-f", "-d");
        await SameStatusAsync();
        await BothAsync("restore", ".");
        await SameStatusAsync();
        Assert.Equal(_history.Git.TreeOf(Git), _history.Git.TreeOf(Copy));
        await BothAsync("restore", "--source", "HEAD~20", "src", ".gitignore");
        await SameStatusAsync();
        Assert.Equal(_history.Git.TreeOf(Git), _history.Git.TreeOf(Copy));
        (await _user.RunInAsync(Copy, "restore", "no/such/path")).ExitsWith(3);
        await BothAsync("rm", "-q", "tool.sh");
        await MrAsync("restore", "tool.sh");
        RunGit("restore", "--staged", "--worktree", "tool.sh");
        await SameStatusAsync();
    }

    [Fact]
    public async Task A_branch_and_its_tags_are_pushed_and_cloned()
    {
        await MrAsync("switch", "-c", "empty-handed", "HEAD~3");
        await MrAsync("pull");
        Assert.Contains("* empty-handed\n", (await MrAsync("branch")).Text, StringComparison.Ordinal);
        await MrAsync("push", "empty-handed");
        await MrAsync("switch", "-c", "topic");
        Write("pushed", "content\n");
        await MrAsync("add", "pushed");
        await MrAsync("commit", "-m", "one");
        string old = (await MrAsync("rev-parse", "HEAD")).Text.Trim();
        await MrAsync("tag", "-a", "v11", "-m", "release");
        await MrAsync("push", "topic", "v11");
        ProgramResult refused = (await _user.RunInAsync(Copy, "amend", "-m", "two")).ExitsWith(4);
        Assert.Contains("mr commit", refused.Errors, StringComparison.Ordinal);
        await MrAsync("pull");
        await MrAsync("switch", "main");
        Assert.Equal("* main\n", (await MrAsync("branch")).Text);

        using User other = new();
        (await other.RunAsync("clone", _history.Url, "copy")).Succeeds();
        Assert.Contains("remotes/origin/empty-handed", (await other.RunInAsync(other.PathTo("copy"), "branch", "-a")).Succeeds().Text, StringComparison.Ordinal);
        (await other.RunInAsync(other.PathTo("copy"), "switch", "topic")).Succeeds();
        Assert.Equal("content\n", File.ReadAllText(Path.Combine(other.PathTo("copy"), "pushed")));
        Assert.Equal(old, (await other.RunInAsync(other.PathTo("copy"), "rev-parse", "v11^{commit}")).Succeeds().Text.Trim());
        Assert.Contains("v11\n", (await other.RunInAsync(other.PathTo("copy"), "tag")).Succeeds().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Messages_come_from_an_editor()
    {
        string editor = _user.PathTo("editor");
        File.WriteAllText(editor, "#!/bin/sh\ncp \"$1\" \"$HOME/seen\"\nprintf '%s' \"$TEXT\" > \"$1\"\n");
        File.SetUnixFileMode(editor, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.AppendAllText(Path.Combine(Copy, "tool.sh"), "more\n");
        ProgramResult none = (await _user.RunInAsync(Copy, "commit")).ExitsWith(2);
        Assert.Contains("-m", none.Errors, StringComparison.Ordinal);
        Assert.Equal(1, (await EditAsync("# nothing but a comment\n\n", "commit")).ExitCode);
        (await EditAsync("subject\n# left out\n\nbody \n", "commit")).Succeeds();
        Assert.Contains("#\tmodified:   tool.sh\n", File.ReadAllText(_user.PathTo("seen")), StringComparison.Ordinal);
        Assert.Equal("subject\n\nbody\n", (await MrAsync("log", "-n", "1", "--format=%B")).Text.TrimEnd('\n') + "\n");
        Assert.Equal("subject\n# left out\n\nbody \n", File.ReadAllText(Path.Combine(Copy, ".mr/COMMIT_EDITMSG")));
        (await EditAsync("other", "amend")).Succeeds();
        Assert.StartsWith("subject\n\nbody\n", File.ReadAllText(_user.PathTo("seen")), StringComparison.Ordinal);
        (await EditAsync("tagged\n", "tag", "-a", "v7")).Succeeds();
        Assert.Contains("other", (await MrAsync("log", "-n", "1", "--format=%s", "v7")).Text, StringComparison.Ordinal);
        Assert.Equal(1, (await _user.RunProgramAsync(Copy, "/bin/sh", "-c", $"MR_EDITOR=false '{Programs.Client}' amend")).ExitCode);
    }

    [Fact]
    public async Task Killed_commands_are_finished_by_running_them_again()
    {
        await MrAsync("switch", "-c", "killed");
        Write("base", "0");
        await MrAsync("add", "base");
        await MrAsync("commit", "-m", "base");
        for (int i = 0; i < Kills; i++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"f{i}");
            File.WriteAllText(Path.Combine(Copy, name), name);
            await KillAsync(i, "add", name);
            await MrAsync("add", name);
            Assert.Equal($"A  {name}\n", (await MrAsync("status", "--porcelain")).Text);
            File.WriteAllText(Path.Combine(Copy, "base"), name);
            await KillAsync(i, "amend", "-m", name);
            await MrAsync("amend", "-m", name);
            Assert.Empty((await MrAsync("status", "--porcelain")).Text);
            await KillAsync(i, "rm", name);
            ProgramResult removed = await _user.RunInAsync(Copy, "rm", name);
            Assert.True(removed.ExitCode is 0 or 3, removed.Errors);
            Assert.Equal($"D  {name}\n", (await MrAsync("status", "--porcelain")).Text);
            await KillAsync(i, "restore", name);
            await MrAsync("restore", name);
            Assert.Empty((await MrAsync("status", "--porcelain")).Text);
            await KillAsync(i, "switch", "main");
            await MrAsync("switch", "killed");
            Assert.Empty((await MrAsync("status", "--porcelain")).Text);
        }

        Assert.Equal(1, (await MrAsync("log", "--format=%s", "main..killed")).Text.Count(c => c == '\n'));
        Assert.Equal((await MrAsync("rev-parse", "HEAD^{tree}")).Text.Trim(), _history.Git.TreeOf(Copy));
    }

    private Task<ProgramResult> EditAsync(string text, params string[] arguments) => _user.RunProgramAsync(
        Copy, "/bin/sh", ["-c", $"TEXT=\"$1\" MR_EDITOR='{_user.PathTo("editor")}'; export TEXT MR_EDITOR; shift; exec '{Programs.Client}' \"$@\"", "sh", text, .. arguments]);

    private async Task KillAsync(int step, params string[] arguments)
    {
        using ProgramRun run = _user.StartIn(Copy, arguments);
        TaskCompletionSource done = new();
        using CancellationTokenSource timer = new(TimeSpan.FromMilliseconds(20 + (step * 25)));
        using CancellationTokenRegistration registration = timer.Token.Register(done.SetResult);
        await Task.WhenAny(run.Exited, done.Task);
        if (!run.Exited.IsCompleted)
        {
            await run.KillAsync();
        }
    }

    private async Task CommitAsync(string message)
    {
        await MrAsync("commit", "-m", message);
        RunGit("commit", "-q", "-a", "-m", message);
        await SameTreeAsync("HEAD");
    }

    private async Task<ProgramResult> MrAsync(params string[] arguments) => (await _user.RunInAsync(Copy, arguments)).Succeeds();

    // git's -q has no counterpart where mr says nothing on standard output.
    private async Task BothAsync(params string[] arguments)
    {
        await MrAsync(arguments[0] == "rm" ? arguments : [.. arguments.Where(a => a != "-q")]);
        RunGit(arguments);
    }

    private string RunGit(params string[] arguments) => Encoding.UTF8.GetString(GitCommand.Run(Git, ["-c", "user.name=Dev Eloper", "-c", "status.renames=false", .. arguments]));

    private async Task SameOutputAsync(params string[] arguments) =>
        Assert.Equal(RunGit(arguments), (await MrAsync(arguments)).Text);

    private async Task SameStatusAsync() => Assert.Equal(RunGit("status", "--porcelain"), (await MrAsync("status", "--porcelain")).Text);

    private async Task SameTreeAsync(string revision) =>
        Assert.Equal(RunGit("rev-parse", $"{revision}^{{tree}}"), (await MrAsync("rev-parse", $"{revision}^{{tree}}")).Text);

    private void Write(string path, string text)
    {
        foreach (string folder in (string[])[Copy, Git])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, path))!);
            File.WriteAllText(Path.Combine(folder, path), text);
        }
    }

    private void Delete(string path)
    {
        File.Delete(Path.Combine(Copy, path));
        File.Delete(Path.Combine(Git, path));
    }
}
