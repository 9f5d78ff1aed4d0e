using Monorepo.Core;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Sparse;

/// <summary>
/// The states that a working copy has, goes to, or may have been left in by a checkout that was cut: a file each, named by its id, and <c>current</c>,
/// which names the one that the dirstate is of. Who changes it holds the clone's lock. Format in FORMAT.md.
/// </summary>
internal sealed class SparseStore(string directory)
{
    private string CurrentPath => Path.Combine(directory, "current");

    /// <summary>The working copy's; null: it has the whole tree. Costs one look where it has.</summary>
    /// <exception cref="SparseException"><see cref="SparseError.Damaged"/>.</exception>
    public SparseState? LoadCurrent()
    {
        if (!File.Exists(CurrentPath))
        {
            return null;
        }

        return ObjectId.TryParse(File.ReadAllText(CurrentPath).TrimEnd('\n'), out ObjectId id) ? Load(id) : throw Damaged(CurrentPath);
    }

    /// <summary>The state of an id; null for the null id, which stands for the whole tree.</summary>
    /// <exception cref="SparseException"><see cref="SparseError.Damaged"/>.</exception>
    public SparseState? Load(ObjectId id)
    {
        if (id.IsNull)
        {
            return null;
        }

        string path = Path.Combine(directory, id.ToString());
        byte[] text = File.Exists(path) ? File.ReadAllBytes(path) : throw Damaged(path);
        return ObjectHasher.Hash(ObjectKind.Blob, text) == id ? SparseState.Parse(text) : throw Damaged(path);
    }

    /// <summary>Keeps a state durably, so that a journal may name it. Its id; the null id for the whole tree.</summary>
    public ObjectId Save(SparseState? state)
    {
        if (state is null)
        {
            return ObjectId.Null;
        }

        string path = Path.Combine(directory, state.Id.ToString());
        if (!File.Exists(path))
        {
            Directory.CreateDirectory(directory);
            DurableFile.Replace(path, state.Text);
        }

        return state.Id;
    }

    /// <summary>Says what the working copy has from now on: a state that is saved, or the null id. Then nothing else need be kept.</summary>
    public void SetCurrent(ObjectId id)
    {
        if (!Directory.Exists(directory))
        {
            return;
        }

        if (id.IsNull)
        {
            File.Delete(CurrentPath);
            DurableFile.SyncDirectory(directory);
        }
        else
        {
            DurableFile.Replace(CurrentPath, System.Text.Encoding.ASCII.GetBytes(id + "\n"));
        }
    }

    /// <summary>Deletes the states that are not current: no journal names one.</summary>
    public void Sweep()
    {
        if (!Directory.Exists(directory))
        {
            return;
        }

        string current = File.Exists(CurrentPath) ? File.ReadAllText(CurrentPath).TrimEnd('\n') : "";
        foreach (string path in Directory.EnumerateFiles(directory))
        {
            if (Path.GetFileName(path) is not "current" and var name && name != current)
            {
                File.Delete(path);
            }
        }
    }

    private static SparseException Damaged(string path) => new(SparseError.Damaged, $"'{path}' is missing or damaged: it holds what this working copy has of the tree.");
}
