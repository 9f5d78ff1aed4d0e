using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Checkout;

/// <summary>
/// What a checkout is about to do, written durably before its first change and deleted after its last: one that was killed is
/// finished by the next command. File: <c>mr-checkout 1</c>, <c>tree ID</c>, <c>commit ID</c>, <c>force</c> where it was forced, <c>branch NAME</c> unless detached,
/// <c>sparse ID</c> unless the whole tree is wanted, <c>from ID</c> for the tree the dirstate has and for each earlier checkout that was cut, with the id of the
/// sparse state behind it where there was one, <c>keep</c> where files stay as they are, then <c>restore ID</c>, <c>discard ID</c> and <c>discarded ID</c> for kept files; a line each.
/// </summary>
/// <param name="Tree">The tree on its way.</param>
/// <param name="Head">What HEAD becomes.</param>
/// <param name="Force">Whether unsaved changes may be overwritten.</param>
/// <param name="From">What files on disk may still be of: what the dirstate has (a tree of the null id: nothing), then cut checkouts that this one came after.</param>
public sealed record CheckoutJournal(ObjectId Tree, HeadState Head, bool Force, IReadOnlyList<CheckoutSource> From)
{
    /// <summary>The sparse state on its way; the null id: the whole tree.</summary>
    public ObjectId Sparse { get; init; }

    /// <summary>Files stay as they are and only what is checked out changes: what differs becomes the user's edits.</summary>
    public bool KeepsFiles { get; init; }

    /// <summary>Kept files that come into the working copy as edits (<see cref="Operations.KeptFiles"/>).</summary>
    public IReadOnlyList<ObjectId> Restore { get; init; } = [];

    /// <summary>Kept files that may go from the working copy: it is no loss where they hold what was kept.</summary>
    public IReadOnlyList<ObjectId> Discard { get; init; } = [];

    /// <summary>Files that this checkout overwrites by force, kept before.</summary>
    public IReadOnlyList<ObjectId> Discarded { get; init; } = [];

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
            KeepsFiles = Array.IndexOf(lines, "keep") >= 0,
            Restore = ReadIds(lines, "restore "),
            Discard = ReadIds(lines, "discard "),
            Discarded = ReadIds(lines, "discarded "),
        };
        return journal.Format() == text ? journal : null;
    }

    public void Save(string path) => DurableFile.Replace(path, Encoding.UTF8.GetBytes(Format()));

    public static void Delete(string path)
    {
        File.Delete(path);
        DurableFile.SyncDirectory(Path.GetDirectoryName(path)!);
    }

    private static ObjectId[] ReadIds(string[] lines, string key) =>
        [.. lines.Where(l => l.StartsWith(key, StringComparison.Ordinal)).Select(l => ObjectId.TryParse(l.AsSpan(key.Length), out ObjectId id) ? id : default)];

    private static string WriteIds(string key, IReadOnlyList<ObjectId> ids) => string.Concat(ids.Select(id => $"{key} {id}\n"));

    private string Format() =>
        $"{Magic}\ntree {Tree}\ncommit {Head.Commit ?? ObjectId.Null}\n{(Force ? "force\n" : "")}{(Head.Branch is { } branch ? $"branch {branch}\n" : "")}{(Sparse.IsNull ? "" : $"sparse {Sparse}\n")}"
        + $"{string.Concat(From.Select(f => $"from {f}\n"))}{(KeepsFiles ? "keep\n" : "")}{WriteIds("restore", Restore)}{WriteIds("discard", Discard)}{WriteIds("discarded", Discarded)}";
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
