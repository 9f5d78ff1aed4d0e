using Monorepo.Core;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Sparse;
using Monorepo.Workspace.Store;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Offline;

/// <summary>Where an object stands in a declared tree; the first such place, where there are several.</summary>
/// <param name="Declaration">The tree's.</param>
/// <param name="Directory">The path of what it lies in.</param>
/// <param name="Name">In the directory; empty for the top.</param>
public readonly record struct DeclaredPlace(OfflineDeclaration Declaration, byte[] Directory, byte[] Name)
{
    /// <summary>From the root; empty: the top itself.</summary>
    public byte[] Path => Name.Length == 0 ? Directory : TreePaths.Join(Directory, Name).ToArray();
}

/// <summary>Every object that declarations need, found by walking their trees level by level; equal subtrees once. Memory: some tens of bytes an object.</summary>
internal sealed class DeclaredObjects
{
    private readonly Dictionary<ObjectId, DeclaredPlace> _trees = [];
    private readonly Dictionary<ObjectId, DeclaredPlace> _contents = [];
    private readonly HashSet<ObjectId> _whole = [];
    private readonly Lock _lock = new();

    private DeclaredObjects()
    {
    }

    /// <summary>Gives the trees asked for; those that are not to be had it leaves out. May call its second argument from several threads.</summary>
    public delegate Task TreeReading(IReadOnlyCollection<ObjectId> trees, Func<GitObject, ValueTask> receive);

    public IReadOnlyDictionary<ObjectId, DeclaredPlace> Trees => _trees;

    public IReadOnlyDictionary<ObjectId, DeclaredPlace> Contents => _contents;

    /// <summary>Trees that were left out: what is below them is not in here.</summary>
    public List<ObjectId> MissingTrees { get; } = [];

    public static async Task<DeclaredObjects> ListAsync(IEnumerable<OfflineDeclaration> declarations, TreeReading read)
    {
        DeclaredObjects found = new();
        Dictionary<ObjectId, List<Visit>> level = [];
        foreach (OfflineDeclaration declaration in declarations)
        {
            found.Enter(new Visit(declaration, declaration.Tree, [], declaration.Rules.Top), new DeclaredPlace(declaration, [], []), level);
        }

        while (level.Count > 0)
        {
            Dictionary<ObjectId, List<Visit>> next = [];
            HashSet<ObjectId> open = [.. level.Keys];
            await read([.. level.Keys], tree =>
            {
                lock (found._lock)
                {
                    if (open.Remove(tree.Id))
                    {
                        level[tree.Id].ForEach(v => found.AddEntries(tree, v, next));
                    }
                }

                return ValueTask.CompletedTask;
            });
            found.MissingTrees.AddRange(open);
            level = next;
        }

        return found;
    }

    /// <summary>The same from what a clone keeps, without asking anybody.</summary>
    /// <param name="declarations">As for <see cref="ListAsync"/>.</param>
    /// <param name="kept">Null: nothing is kept.</param>
    /// <param name="cancellationToken">Stops between two trees.</param>
    public static Task<DeclaredObjects> ListKeptAsync(IEnumerable<OfflineDeclaration> declarations, ObjectCache? kept, CancellationToken cancellationToken) =>
        ListAsync(declarations, async (ids, receive) =>
        {
            foreach (ObjectId id in ids)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (kept?.TryRead(id) is { } tree)
                {
                    await receive(tree);
                }
            }
        });

    private void AddEntries(GitObject tree, Visit visit, Dictionary<ObjectId, List<Visit>> next)
    {
        if (tree.Kind != ObjectKind.Tree)
        {
            throw new InvalidDataException($"Object {tree.Id} is a {tree.Kind.ToName()} where a tree was expected.");
        }

        foreach (TreeEntry entry in new TreeReader(tree.Body.Span))
        {
            if (entry.Mode.IsDirectory())
            {
                byte[] name = entry.Name.ToArray();
                Enter(new Visit(visit.Declaration, entry.Id, TreePaths.Join(visit.Path, name).ToArray(), visit.Scope.Enter(name)), new DeclaredPlace(visit.Declaration, visit.Path, name), next);
            }
            else if (entry.Mode.HasBlob() && !_contents.ContainsKey(entry.Id) && visit.Scope.Includes(entry.Name, entry.Mode))
            {
                _contents.Add(entry.Id, new DeclaredPlace(visit.Declaration, visit.Path, entry.Name.ToArray()));
            }
        }
    }

    private void Enter(Visit visit, DeclaredPlace place, Dictionary<ObjectId, List<Visit>> level)
    {
        if (visit.Scope.Cover == SparseCover.None || (visit.Scope.Cover == SparseCover.All && !_whole.Add(visit.Tree)))
        {
            return;
        }

        _trees.TryAdd(visit.Tree, place);
        if (!level.TryGetValue(visit.Tree, out List<Visit>? visits))
        {
            level.Add(visit.Tree, visits = []);
        }

        visits.Add(visit);
    }

    private readonly record struct Visit(OfflineDeclaration Declaration, ObjectId Tree, byte[] Path, SparseScope Scope);
}
