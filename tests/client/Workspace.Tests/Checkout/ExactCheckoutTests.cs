using System.Text;
using Monorepo.Workspace.Sparse;
using Monorepo.Workspace.Tests.Sparse;
using Monorepo.Workspace.WorkingCopies;

namespace Monorepo.Workspace.Tests.Checkout;

/// <summary><c>mr checkout --exact</c>: what was done to a working copy before leaves no trace.</summary>
public sealed class ExactCheckoutTests
{
    private static readonly string[] s_first = [".gitignore=*.o\nout/\n", "a=1", "d/b=2", "d/e/c=3", "gone/soon=4"];
    private static readonly string[] s_second = [".gitignore=*.o\n", "a=1", "d/b=other", "new/f=5"];

    [Fact]
    public async Task The_working_copy_becomes_the_revision_and_ignored_files_stay()
    {
        await using SparseClone clone = await SparseClone.CreateAsync(s_first, s_second);
        await clone.CheckoutAsync(0);
        clone.Write("a", "edited");
        File.Delete(Path.Combine(clone.Top, "d/e/c"));
        clone.Write("d/extra", "x");
        clone.Write("d/x/y/z", "x");
        clone.Write("mixed/kept.o", "x");
        clone.Write("mixed/more", "x");
        clone.Write("built.o", "x");
        clone.Write("new/f/in the way", "x");
        clone.Write("out/result", "x");
        clone.Write("other/.git/HEAD", "ref: refs/heads/main\n");
        clone.Write("other/theirs", "x");

        ExactResult first = await clone.CheckoutExactAsync(0);
        Assert.Equal(["other"], first.Kept.Select(Encoding.UTF8.GetString));
        Assert.False(first.IsExact);
        Assert.Equal((2, 4), (first.Checkout.FilesWritten, first.UntrackedRemoved));
        Assert.Equal(Sorted(s_first, "built.o", "mixed/kept.o", "other/.git/HEAD", "other/theirs", "out/result"), clone.Files());
        Assert.False(Directory.Exists(Path.Combine(clone.Top, "d/x")));
        Directory.Delete(Path.Combine(clone.Top, "other"), recursive: true);
        Assert.Empty(await clone.StatusAsync());

        // What the new ignore file does not name goes, too.
        ExactResult second = await clone.CheckoutExactAsync(1);
        Assert.True(second.IsExact);
        Assert.Equal(Sorted(s_second, "built.o", "mixed/kept.o"), clone.Files());
        Assert.Equal("other", clone.Read("d/b"));

        ExactResult third = await clone.CheckoutExactAsync(1, removeIgnored: true);
        Assert.Equal((0, 2), (third.Checkout.FilesWritten, third.UntrackedRemoved));
        Assert.Equal(Sorted(s_second), clone.Files());
        Assert.False(Directory.Exists(Path.Combine(clone.Top, "mixed")));
        ExactResult nothing = await clone.CheckoutExactAsync(1, removeIgnored: true);
        Assert.Equal((0, 0, true), (nothing.Checkout.FilesWritten, nothing.UntrackedRemoved, nothing.IsExact));
    }

    private static string[] Sorted(string[] files, params string[] others) => [.. files.Select(f => f.Split('=')[0]).Concat(others).Order(StringComparer.Ordinal)];

    [Fact]
    public async Task A_sparse_working_copy_becomes_its_part_of_the_revision()
    {
        await using SparseClone clone = await SparseClone.CreateAsync(s_first, s_second);
        await clone.CheckoutAsync(0);
        await clone.ChangeAsync(_ => SparseSettings.None.Add(isInclude: true, ["d", "new"]));
        clone.Write("a", "nobody's");
        clone.Write("d/b", "edited");
        ExactResult result = await clone.CheckoutExactAsync(1);
        Assert.True(result.IsExact);
        Assert.Equal(["d/b", "new/f"], clone.Files());
        Assert.Empty(await clone.StatusAsync());
    }

    [Fact]
    public async Task Random_edits_leave_nothing_behind()
    {
        Random random = new(3);
        await using SparseClone clone = await SparseClone.CreateAsync(s_first, s_second);
        string[] names = ["a", "d", "e", "b", "new", "f", "x.o"];
        for (int round = 0; round < 40; round++)
        {
            int commit = random.Next(2);
            await clone.CheckoutExactAsync(commit, removeIgnored: true);
            Assert.Equal(clone.FilesOf(commit, SparseRules.Everything), clone.Files());
            Assert.Equal((commit == 0 ? s_first : s_second).Single(f => f.StartsWith("d/b", StringComparison.Ordinal)).Split('=')[1], clone.Read("d/b"));
            for (int edit = random.Next(8); edit > 0; edit--)
            {
                string path = string.Join('/', Enumerable.Range(0, random.Next(1, 4)).Select(_ => names[random.Next(names.Length)]));
                string full = Path.Combine(clone.Top, path);
                if (Directory.Exists(full))
                    Directory.Delete(full, recursive: true);
                else if (File.Exists(full) && random.Next(2) == 0)
                    File.Delete(full);
                else if (!path.Split('/').SkipLast(1).Select((_, i) => Path.Combine(clone.Top, string.Join('/', path.Split('/').Take(i + 1)))).Any(File.Exists))
                    clone.Write(path, "edit");
            }
        }
    }
}
