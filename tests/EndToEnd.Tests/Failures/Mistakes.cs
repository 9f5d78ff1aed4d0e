using Monorepo.EndToEnd.Tests.Histories;
using Monorepo.EndToEnd.Tests.Running;

namespace Monorepo.EndToEnd.Tests.Failures;

/// <summary>What a user is told about a mistake of theirs: what is wrong, what to do, and a code for scripts.</summary>
[Collection(nameof(OddHistory))]
public sealed class Mistakes(OddHistory served)
{
    private const int UsageCode = 2;
    private const int NotFoundCode = 3;
    private const int ConflictCode = 4;
    private const int UnavailableCode = 5;

    [Fact]
    public async Task Cloning_a_repository_that_is_not_there_names_it()
    {
        ProgramResult clone = await FailsAsync(NotFoundCode, served.User.Folder, "clone", served.Server.UrlOf("no-such"), served.User.PathTo("no-such"));
        Assert.Contains("no-such", clone.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cloning_from_where_nobody_listens_says_so()
    {
        using System.Net.Sockets.Socket taken = new(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        // Bound and not listening: connections are refused, and nobody else gets the port.
        taken.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        ProgramResult clone = await FailsAsync(
            UnavailableCode, served.User.Folder, "clone", $"http://{taken.LocalEndPoint}/history", served.User.PathTo("nowhere"));
        Assert.Contains(taken.LocalEndPoint!.ToString()!, clone.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_revision_is_named_with_a_suggestion()
    {
        ProgramResult checkout = await FailsAsync(NotFoundCode, served.Copy, "checkout", "mian");
        Assert.Contains("mian", checkout.Errors, StringComparison.Ordinal);
        Assert.Contains("main", checkout.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_path_is_named()
    {
        ProgramResult cat = await FailsAsync(NotFoundCode, served.Copy, "cat", "main:no/such/file");
        Assert.Contains("no/such/file", cat.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Outside_of_a_clone_commands_say_that()
    {
        ProgramResult status = await FailsAsync(NotFoundCode, served.User.Folder, "status");
        Assert.Contains("clone", status.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_command_is_a_usage_error() => await FailsAsync(UsageCode, served.Copy, "no-such-command");

    [Fact]
    public async Task Cloning_into_a_folder_with_files_is_refused()
    {
        string folder = served.User.PathTo("full");
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "mine"), "keep me");
        await FailsAsync(ConflictCode, served.User.Folder, "clone", served.Url, folder);
        Assert.Equal(["mine"], Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_checkout_over_edits_is_refused_and_changes_nothing()
    {
        string copy = served.User.PathTo("edited");
        (await served.User.RunAsync("clone", served.Url, copy)).Succeeds();
        string before = served.Git.TreeOf(copy);
        string other = served.Git.Lines("rev-list", "--first-parent", "HEAD")[^1];
        string path = served.Git.Lines("diff-tree", "-r", "--name-only", "--no-renames", "--diff-filter=M", "HEAD", other)[0];
        byte[] old = await File.ReadAllBytesAsync(Path.Combine(copy, path));
        await File.AppendAllTextAsync(Path.Combine(copy, path), "mine\n");

        ProgramResult checkout = await FailsAsync(ConflictCode, copy, "checkout", other);

        Assert.Contains(path, checkout.Errors, StringComparison.Ordinal);
        Assert.EndsWith("mine\n", await File.ReadAllTextAsync(Path.Combine(copy, path)), StringComparison.Ordinal);
        await File.WriteAllBytesAsync(Path.Combine(copy, path), old);
        Assert.Equal(before, served.Git.TreeOf(copy));
    }

    [Fact]
    public async Task A_checkout_over_untracked_files_in_the_way_is_refused()
    {
        string copy = served.User.PathTo("in-the-way");
        (await served.User.RunAsync("clone", served.Url, copy)).Succeeds();
        string other = served.Git.Lines("rev-list", "--first-parent", "HEAD")[^1];
        string path = served.Git.Lines("diff-tree", "-r", "--name-only", "--no-renames", "--diff-filter=A", other, "HEAD", "--", "src")[0];
        (await served.User.RunInAsync(copy, "checkout", other)).Succeeds();
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(copy, path))!);
        await File.WriteAllTextAsync(Path.Combine(copy, path), "mine\n");

        ProgramResult checkout = await FailsAsync(ConflictCode, copy, "checkout", "main");

        Assert.Contains(path, checkout.Errors, StringComparison.Ordinal);
        Assert.Equal("mine\n", await File.ReadAllTextAsync(Path.Combine(copy, path)));
    }

    [Fact]
    public async Task A_folder_that_was_removed_around_a_program_is_named_as_the_reason()
    {
        string[][] commands =
        [
            [Programs.Client, "status"], [Programs.Client, "log"], [Programs.Client, "log", "--", "x"], [Programs.Admin, "repos", "--data", "x"],
            [Programs.Server, "--data", "x", "--listen", "127.0.0.1:0"],
        ];
        foreach (string[] command in commands)
        {
            string folder = Directory.CreateDirectory(served.User.PathTo("gone")).FullName;
            ProgramResult result = Tells(await served.User.RunProgramAsync(folder, "sh", ["-c", "rmdir \"$PWD\"; exec \"$@\"", "sh", .. command]));
            Assert.NotEqual(0, result.ExitCode);
            Assert.Contains("directory is not there any more", result.Errors, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("MR_WATCHER")]
    [InlineData("MR_BLOBS")]
    [InlineData("MR_RETRIES")]
    [InlineData("MR_MAX_FETCH")]
    [InlineData("MR_CACHE_SIZE")]
    public async Task A_variable_that_makes_no_sense_is_named(string name)
    {
        foreach (string[] command in (string[][])[["status"], ["log", "--", "x"], ["ls-tree", "HEAD"]])
        {
            using ProgramRun run = served.User.StartIn(served.Copy, new Dictionary<string, string>(StringComparer.Ordinal) { [name] = "nonsense" }, command);
            ProgramResult result = Tells(await run.FinishAsync());

            // Not every command needs every one.
            Assert.True(result.ExitCode is 0 or UsageCode, $"{command[0]} exited with {result.ExitCode}: {result.Errors}");
            Assert.True(result.ExitCode == 0 || result.Errors.Contains(name, StringComparison.Ordinal), result.Errors);
        }
    }

    /// <summary>Fails with a message for people: no stack trace.</summary>
    private async Task<ProgramResult> FailsAsync(int code, string directory, params string[] arguments)
    {
        ProgramResult result = Tells((await served.User.RunInAsync(directory, arguments)).ExitsWith(code));
        Assert.NotEqual("", result.Errors.Trim());
        return result;
    }

    private static ProgramResult Tells(ProgramResult result)
    {
        Assert.DoesNotContain("   at ", result.Errors, StringComparison.Ordinal);
        return result;
    }
}
