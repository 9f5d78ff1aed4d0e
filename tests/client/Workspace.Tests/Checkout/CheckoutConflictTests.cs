using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Status;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Tests.Checkout;

/// <summary>What stands in a checkout's way is kept, listed, and nothing is changed; forced, it goes.</summary>
public sealed class CheckoutConflictTests : IAsyncLifetime
{
    private RandomTrees _trees = null!;
    private CheckedOutClone _clone = null!;

    public async ValueTask InitializeAsync()
    {
        _trees = new RandomTrees(new Random(1), commits: 1, filesMax: 2);
        _clone = await CheckedOutClone.CreateAsync(_trees);
        Directory.CreateDirectory(_clone.Top);
    }

    public ValueTask DisposeAsync()
    {
        _clone.Dispose();
        _trees.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("f=1", "f=2", "f=mine", "f")]
    [InlineData("f=1", "", "f=mine", "f")]
    [InlineData("", "f=2", "f=mine", "f")]
    [InlineData("", "d=2", "d/f=mine", "d/f")]
    [InlineData("", "d/f=2", "d=mine", "d")]
    [InlineData("d/f=1", "d=2", "d/g=mine", "d/g")]
    [InlineData("f=1", "f*=1", "f=mine", "f")]
    [InlineData("f=1", "f@=x", "f=mine", "f")]
    [InlineData("s#", "s=1", "s/mine=x", "s/mine")]
    [InlineData("s#", "s=1", "!s s=mine", "s")]
    [InlineData("f=1", "f=2", "!f f/x=mine", "f/x")]
    [InlineData("d/f=1", "d/f=2", "!d d@=/tmp", "d")]
    [InlineData(".gitignore=*.o", ".gitignore=*.o a.o=2", "a.o=mine", "a.o")]
    public async Task It_is_refused_before_any_change_and_done_when_forced(string old, string target, string mine, string conflict)
    {
        Assert.True((await CheckoutAsync(old)).IsDone);
        Edit(mine);
        List<string> before = _clone.Files();
        CheckoutResult refused = await CheckoutAsync(target);
        Assert.Equal([conflict], refused.Conflicts.Select(c => Encoding.UTF8.GetString(c.Path)));
        Assert.Equal(before, _clone.Files());
        Assert.Null(_clone.WorkingCopy.Interrupted);

        Assert.True((await CheckoutAsync(target, force: true)).IsDone);
        List<string> forced = _clone.Files();
        Directory.CreateDirectory(Path.Combine(_clone.Top, "other"));
        foreach (string wanted in target.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            Assert.Contains(forced, f => f.StartsWith(wanted.Split('=', '*', '@', '#')[0] + " ", StringComparison.Ordinal));
        Assert.DoesNotContain(forced, f => target.Length > 0 && f.EndsWith(" " + Convert.ToHexString("mine"u8), StringComparison.Ordinal) && !f.StartsWith("d/g", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("f=1", "f=2", "f=2")]
    [InlineData("f=1", "f=2", "!f")]
    [InlineData("f=1", "", "!f")]
    [InlineData("", "f=2", "f=2")]
    [InlineData("", "d=2", "d/e/")]
    [InlineData("d/f=1", "d=2", "d/e/")]
    [InlineData("f=1", "f=2", "!f f/")]
    [InlineData("d/f=1", "", "!d d@=/tmp")]
    [InlineData("d/f=1", "d=2", "!d d=2")]
    [InlineData("f=1", "f*=1", "")]
    [InlineData("f*=1", "f=1", "")]
    [InlineData("s#", "s=1", "")]
    [InlineData("s=1", "s#", "")]
    public async Task What_loses_nothing_is_no_conflict(string old, string target, string mine)
    {
        Assert.True((await CheckoutAsync(old)).IsDone);
        Edit(mine);
        CheckoutResult result = await CheckoutAsync(target);
        Assert.True(result.IsDone);
        if (target.Length > 0)
            await _clone.AssertCleanAsync();
    }

    [Fact]
    public async Task Untracked_files_elsewhere_stay()
    {
        await CheckoutAsync("f=1 d/f=1");
        Edit("mine=x d/mine=x");
        Assert.True((await CheckoutAsync("f=2")).IsDone);
        Assert.Equal("x", File.ReadAllText(Path.Combine(_clone.Top, "d/mine")));
    }

    [Fact]
    public async Task Only_a_forced_checkout_restores_what_both_commits_have_alike()
    {
        await CheckoutAsync("f=1 g=1");
        Edit("f=mine");
        Assert.True((await CheckoutAsync("f=1 g=2")).IsDone);
        Assert.Equal("mine", File.ReadAllText(Path.Combine(_clone.Top, "f")));
        Assert.True((await CheckoutAsync("f=1 g=2", force: true)).IsDone);
        Assert.Equal("1", File.ReadAllText(Path.Combine(_clone.Top, "f")));
    }

    [Fact]
    public async Task A_file_racily_written_is_still_seen_after_the_next_checkout()
    {
        await CheckoutAsync("f=1 g=1");
        string dirstate = Path.Combine(_clone.Top, ".mr/dirstate");

        // As if the file had been changed in the tick in which it was recorded, which leaves its status as it was.
        Edit("f=2");
        File.SetLastWriteTimeUtc(Path.Combine(_clone.Top, "f"), DateTime.UtcNow.AddHours(1));
        using (Workspace.Dirstate.DirstateFile recorded = _clone.WorkingCopy.OpenDirstate()!)
        {
            Assert.True(recorded.Reader.TryFind("f"u8, out Formats.Dirstate.DirstateEntry file));
            Workspace.Dirstate.DirstateFile.Update(dirstate, recorded.Reader.Tree, [file with { Stat = Stat("f") }]);
        }

        Assert.True((await CheckoutAsync("f=1 g=2")).IsDone);
        StatusResult status = await _clone.WorkingCopy.ScanAsync(includeIgnored: false, null, TestContext.Current.CancellationToken);
        Assert.Equal([StatusCode.Modified], status.Entries.Select(e => e.Code));
    }

    [Theory]
    [InlineData("..")]
    [InlineData(".git")]
    [InlineData(".Mr")]
    [InlineData(".")]
    public async Task A_tree_that_would_leave_the_working_copy_is_refused_however_forced(string name)
    {
        GitObject evil = Tree((FileMode.Regular, name, _trees.Add(ObjectKind.Blob, "x"u8.ToArray()).Id));
        GitObject root = Tree((FileMode.Directory, "d", evil.Id));
        CheckoutResult refused = await CheckoutAsync(root.Id, force: true);
        Assert.Equal(CheckoutConflictReason.UnsafePath, Assert.Single(refused.Conflicts).Reason);
        Assert.Empty(_clone.Files());
    }

    private Formats.Dirstate.RecordedStat Stat(string name)
    {
        using Workspace.Files.IWorkingFiles files = _clone.WorkingCopy.OpenFiles();
        using Workspace.Files.IWorkingDirectory top = files.OpenDirectory(default)!;
        return Workspace.Dirstate.RecordedStats.ToRecorded(top.GetStatus(Encoding.UTF8.GetBytes(name))!.Value);
    }

    // "f=content", "f*=content" executable, "f@=target" link, "f#" submodule.
    private Task<CheckoutResult> CheckoutAsync(string description, bool force = false)
    {
        List<(string Path, FileMode Mode, ObjectId Id)> files = [];
        foreach (string file in description.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = file.Split('=', 2);
            string path = parts[0].TrimEnd('*', '@', '#');
            FileMode mode = parts[0][^1] switch { '*' => FileMode.Executable, '@' => FileMode.SymbolicLink, '#' => FileMode.Submodule, _ => FileMode.Regular };
            files.Add((path, mode, mode == FileMode.Submodule ? ObjectId.Parse(new string('1', 40)) : _trees.Add(ObjectKind.Blob, Encoding.UTF8.GetBytes(parts[1])).Id));
        }

        List<(FileMode, string, ObjectId)> entries = [.. files.Where(f => !f.Path.Contains('/')).Select(f => (f.Mode, f.Path, f.Id))];
        foreach (IGrouping<string, (string Path, FileMode Mode, ObjectId Id)> directory in files.Where(f => f.Path.Contains('/')).GroupBy(f => f.Path.Split('/')[0], StringComparer.Ordinal))
            entries.Add((FileMode.Directory, directory.Key, Tree([.. directory.Select(f => (f.Mode, f.Path.Split('/')[1], f.Id))]).Id));
        return CheckoutAsync(Tree([.. entries]).Id, force);
    }

    private Task<CheckoutResult> CheckoutAsync(ObjectId tree, bool force) =>
        _clone.WorkingCopy.CheckoutAsync(_trees, tree, new Workspace.History.HeadState(null, _trees.Commits[0]), force, null, TestContext.Current.CancellationToken);

    private GitObject Tree(params (FileMode Mode, string Name, ObjectId Id)[] entries)
    {
        var builder = new TreeBuilder();
        foreach ((FileMode mode, string name, ObjectId id) in entries)
            builder.Add(mode, Encoding.UTF8.GetBytes(name), id);
        return _trees.Add(ObjectKind.Tree, builder.Build());
    }

    // "f=content", "f@=target" link, "!f" removes, "d/" an empty directory.
    private void Edit(string description)
    {
        foreach (string edit in description.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = edit.TrimStart('!').Split('=', 2);
            string path = Path.Combine(_clone.Top, parts[0].TrimEnd('@'));
            if (edit[0] == '!')
            {
                if (Directory.Exists(path))
                    Directory.Delete(path, recursive: true);
                else
                    File.Delete(path);
            }
            else if (parts[0].EndsWith('/'))
            {
                Directory.CreateDirectory(path);
            }
            else if (parts[0].EndsWith('@'))
            {
                File.CreateSymbolicLink(path, parts[1]);
            }
            else
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.WriteAllText(path, parts[1]);
            }
        }
    }
}
