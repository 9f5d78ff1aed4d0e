using Monorepo.Core;

namespace Monorepo.Workspace.Local;

/// <summary>What a journal says, replayed. Filled by its reader and unchanged from then on.</summary>
internal sealed class LocalContents(ulong generation)
{
    private readonly Dictionary<ObjectId, LocalPlace> _places = [];
    private readonly List<LocalGroup> _groups = [];
    private readonly Dictionary<RefName, ObjectId> _refs = [];
    private readonly Dictionary<ObjectId, LocalGroup> _groupOf = [];
    private readonly List<ObjectId> _tags = [];
    private List<ObjectId> _loose = [];

    /// <summary>0: there is no journal.</summary>
    public ulong Generation { get; } = generation;

    /// <summary>Bytes of the journal that count.</summary>
    public int JournalBytes { get; set; }

    /// <summary>
    /// The last batch has all its bytes, and not those that its checksum is of: power was lost while it was written, or it is damaged. It does
    /// not count.
    /// </summary>
    public bool HasDoubtfulEnd { get; set; }

    /// <summary>Bytes of the data file that count.</summary>
    public long DataBytes { get; private set; }

    public IReadOnlyDictionary<ObjectId, LocalPlace> Places => _places;

    /// <summary>The commits, parents first, each with what came with it.</summary>
    public IReadOnlyList<LocalGroup> Groups => _groups;

    /// <summary>Annotated tags, each after what it names.</summary>
    public IReadOnlyList<ObjectId> Tags => _tags;

    public IReadOnlyDictionary<RefName, ObjectId> Refs => _refs;

    public LocalGroup? FindGroup(ObjectId commit) => _groupOf.GetValueOrDefault(commit);

    public void AddObject(ObjectId id, LocalPlace place)
    {
        bool isNew = !_places.ContainsKey(id);
        _places[id] = place;
        DataBytes = Math.Max(DataBytes, place.Offset + place.LengthBytes);
        if (place.Kind == ObjectKind.Tag)
        {
            // Pushed with the ref that names it, not with a commit.
            if (isNew)
            {
                _tags.Add(id);
            }

            return;
        }

        _loose.Add(id);
        if (place.Kind == ObjectKind.Commit)
        {
            LocalGroup group = new(id, _loose);
            _loose = [];
            if (_groupOf.TryAdd(id, group))
            {
                _groups.Add(group);
            }
        }
    }

    public void SetRef(RefName name, ObjectId? target)
    {
        if (target is { } id)
        {
            _refs[name] = id;
        }
        else
        {
            _refs.Remove(name);
        }
    }
}

/// <param name="Commit">A commit made here.</param>
/// <param name="Objects">What came with it, itself last.</param>
internal sealed record LocalGroup(ObjectId Commit, IReadOnlyList<ObjectId> Objects);
