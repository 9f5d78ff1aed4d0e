using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Checkout;

/// <summary>
/// What a checkout is about to do, written durably before its first change and deleted after its last: one that was killed is
/// finished by the next command. File: <c>mr-checkout 1</c>, <c>tree ID</c>, <c>commit ID</c>, <c>force</c> where it was forced, <c>branch NAME</c> unless detached,
/// <c>sparse ID</c> unless the whole tree is wanted, <c>from ID</c> for the tree the dirstate has and for each earlier checkout that was cut, with the id of the
/// sparse state behind it where there was one; a line each.
/// </summary>
/// <param name="Tree">The tree on its way.</param>
/// <param name="Head">What HEAD becomes.</param>
/// <param name="Force">Whether unsaved changes may be overwritten.</param>
/// <param name="From">What files on disk may still be of: what the dirstate has (a tree of the null id: nothing), then cut checkouts that this one came after.</param>
public sealed record CheckoutJournal(ObjectId Tree, HeadState Head, bool Force, IReadOnlyList<CheckoutSource> From)
{
    /// <summary>The sparse state on its way; the null id: the whole tree.</summary>
    public ObjectId Sparse { get; init; }

    /// <summary>After so many cut checkouts without a whole one between, the last must be finished.</summary>
    public const int FromMax = 16;

    private const string Magic = "mr-checkout 1";

    /// <summary>The checkout that was cut; null where there is none. A journal that was cut itself announced nothing yet.</summary>
    public static CheckoutJournal? Load(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        string text = File.ReadAllText(path);
        string[] lines = text.Split('\n');
        if (lines.Length < 3 || lines[0] != Magic
            || !ObjectId.TryParse(lines[1].AsSpan(Math.Min(5, lines[1].Length)), out ObjectId tree)
            || !ObjectId.TryParse(lines[2].AsSpan(Math.Min(7, lines[2].Length)), out ObjectId commit))
        {
            return null;
        }

        string? branch = Array.Find(lines, l => l.StartsWith("branch ", StringComparison.Ordinal))?["branch ".Length..];
        CheckoutSource[] from = [.. lines.Where(l => l.StartsWith("from ", StringComparison.Ordinal)).Select(l => CheckoutSource.Parse(l["from ".Length..]))];
        string? sparse = Array.Find(lines, l => l.StartsWith("sparse ", StringComparison.Ordinal))?["sparse ".Length..];
        CheckoutJournal journal = new(tree, new HeadState(RefName.TryParse(branch, out RefName name) ? name : null, commit), Array.IndexOf(lines, "force") >= 0, from)
        {
            Sparse = ObjectId.TryParse(sparse, out ObjectId state) ? state : ObjectId.Null,
        };
        return journal.Format() == text ? journal : null;
    }

    public void Save(string path) => DurableFile.Replace(path, Encoding.UTF8.GetBytes(Format()));

    public static void Delete(string path)
    {
        File.Delete(path);
        DurableFile.SyncDirectory(Path.GetDirectoryName(path)!);
    }

    private string Format() =>
        $"{Magic}\ntree {Tree}\ncommit {Head.Commit ?? ObjectId.Null}\n{(Force ? "force\n" : "")}{(Head.Branch is { } branch ? $"branch {branch}\n" : "")}{(Sparse.IsNull ? "" : $"sparse {Sparse}\n")}{string.Concat(From.Select(f => $"from {f}\n"))}";
}

/// <summary>What files may be of.</summary>
/// <param name="Tree">A tree's id; the null id: nothing.</param>
/// <param name="Sparse">The sparse state they were written for; the null id: the whole tree.</param>
public readonly record struct CheckoutSource(ObjectId Tree, ObjectId Sparse)
{
    internal static CheckoutSource Parse(string text)
    {
        string[] ids = text.Split(' ');
        return new CheckoutSource(ObjectId.TryParse(ids[0], out ObjectId tree) ? tree : ObjectId.Null, ids.Length > 1 && ObjectId.TryParse(ids[1], out ObjectId sparse) ? sparse : ObjectId.Null);
    }

    public override string ToString() => Sparse.IsNull ? $"{Tree}" : $"{Tree} {Sparse}";
}
