using System.Globalization;
using System.Text;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Dirstate;
using Monorepo.Workspace.Sparse;
using Monorepo.Workspace.Tests.Files;

namespace Monorepo.Workspace.Tests.Sparse;

/// <summary>Random walks through commits and rules; on the way the disk fails at any step.</summary>
public sealed class SparseCrashTests(ITestOutputHelper output)
{
    private static readonly string[] s_names = ["a", "b", "c", "d.txt"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_any_cut_the_next_command_has_what_was_on_its_way()
    {
        int seed = Environment.TickCount;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {seed}"));
        Random random = new(seed);
        string[][] commits = [.. Enumerable.Range(0, 4).Select(_ => Commit(random))];
        await using SparseClone clone = await SparseClone.CreateAsync(commits);
        int cuts = 0;
        int others = 0;
        for (int step = 0; step < 60; step++)
        {
            int commit = random.Next(commits.Length);
            bool isCheckout = step == 0 || random.Next(2) == 0;
            clone.Reopen(files => new FaultyFiles(files, random.Next(40), Errno.InputOutput));
            SparseSettings? wanted = null;
            try
            {
                CheckoutResult result = isCheckout ? await clone.CheckoutAsync(commit) : await clone.ChangeAsync(s => wanted = Change(random, s));
                Assert.True(result.IsDone, string.Join(' ', result.Conflicts.Select(c => $"{c.Reason} {Encoding.UTF8.GetString(c.Path)}")));
            }
            catch (PosixException)
            {
                cuts++;
                clone.Reopen();
                Assert.NotNull(clone.WorkingCopy.Interrupted);
                if (random.Next(3) == 0)
                {
                    // Something else instead: the rules are then those from before.
                    others++;
                    commit = random.Next(commits.Length);
                    Assert.True((await clone.CheckoutAsync(commit)).IsDone);
                }
                else
                {
                    CheckoutResult? finished = await clone.WorkingCopy.FinishInterruptedAsync(clone.Objects, null, Token);
                    Assert.True(finished!.IsDone, string.Join(' ', finished.Conflicts.Select(c => $"{c.Reason} {Encoding.UTF8.GetString(c.Path)}")));
                    if (wanted is not null)
                        Assert.Equal(wanted.Profiles, clone.WorkingCopy.Sparse?.Settings.Profiles ?? []);
                }
            }

            clone.Reopen();
            Assert.Null(clone.WorkingCopy.Interrupted);
            await CheckAsync(clone);
        }

        Assert.True(cuts > 10 && others > 1, $"{cuts} cuts, {others} others");
    }

    private static async Task CheckAsync(SparseClone clone)
    {
        SparseRules rules = clone.WorkingCopy.Sparse?.Rules ?? SparseRules.Everything;
        int at = clone.Commits.ToList().IndexOf(clone.Clone.Head.Commit!.Value);
        List<string> expected = clone.FilesOf(at, rules);
        Assert.Equal(expected, clone.Files());
        using (DirstateFile dirstate = clone.WorkingCopy.OpenDirstate()!)
        {
            Assert.Equal(clone.TreeOf(at), dirstate.Reader.Tree);
            List<string> tracked = [];
            for (var cursor = dirstate.Reader.Open(); cursor.MoveNext();)
                tracked.Add(Encoding.UTF8.GetString(cursor.Path));
            Assert.Equal(expected, tracked);
        }

        Assert.Empty(await clone.StatusAsync());
        string states = Path.Combine(clone.Top, ".mr/sparse");
        Assert.True(!Directory.Exists(states) || Directory.EnumerateFiles(states).Count() == (clone.WorkingCopy.Sparse is null ? 0 : 2));
    }

    private static SparseSettings Change(Random random, SparseSettings settings) => random.Next(5) switch
    {
        0 => SparseSettings.None,
        1 => settings.Enable(["p1"]),
        2 => settings.Enable(["p2"]).Disable(["p1"]),
        3 => settings.Add(isInclude: random.Next(2) == 0, [Pattern(random)]),
        _ => settings.Disable(["p1", "p2"]),
    };

    private static string[] Commit(Random random)
    {
        string Profile() => $"[include]\n{Pattern(random)}\n{Pattern(random)}\n[exclude]\n{Pattern(random)}\n";
        HashSet<string> paths = [.. Enumerable.Range(0, 60).Select(_ => string.Join('/', Enumerable.Range(0, 3).Select(_ => s_names[random.Next(s_names.Length)])))];
        return [$"p1={Profile()}", $"p2=%include p1\n{Profile()}", .. paths.Select(p => $"{p}={random.Next(3)}{new string('x', random.Next(200))}")];
    }

    private static string Pattern(Random random) => random.Next(6) switch
    {
        0 => $"**/{s_names[random.Next(s_names.Length)]}",
        1 => $"*/{s_names[random.Next(s_names.Length)]}",
        2 => s_names[random.Next(s_names.Length)],
        _ => $"{s_names[random.Next(s_names.Length)]}/{s_names[random.Next(s_names.Length)]}",
    };
}
