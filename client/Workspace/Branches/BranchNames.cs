using Monorepo.Core;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;

namespace Monorepo.Workspace.Branches;

/// <summary>Names of new branches and tags, by git's rules.</summary>
public static class BranchNames
{
    /// <summary>The full name; false where git would refuse it.</summary>
    /// <param name="folder"><see cref="RefName.Branches"/> or <see cref="RefName.Tags"/>.</param>
    /// <param name="text">As typed.</param>
    /// <param name="name">The ref.</param>
    public static bool TryParse(string folder, string text, out RefName name)
    {
        // As git check-ref-format --branch: no option, and nothing that already names what is checked out.
        name = default;
        return !text.StartsWith('-') && text is not ("HEAD" or "@") && RefName.TryParse(folder + text, out name);
    }

    /// <summary>Where a branch or tag is: here, else on the server, else, of the branch that is checked out, HEAD. Null: there is none.</summary>
    public static ObjectId? Find(Clone clone, RefName name) =>
        clone.Local.Refs.TryGetValue(name, out ObjectId local) ? local
        : clone.Refs.Find(name) is { } server ? server.Target
        : clone.Head is { Branch: { } branch, Commit: { } commit } && branch == name ? commit : null;

    /// <summary>A ref that can't be beside a new one, because one is a folder of the other; null: none.</summary>
    public static RefName? FindClash(Clone clone, RefName name)
    {
        foreach (RefName local in clone.Local.Refs.Keys)
        {
            if (local.ClashesWith(name))
            {
                return local;
            }
        }

        for (int slash = name.Value.LastIndexOf('/'); slash > 0; slash = name.Value.LastIndexOf('/', slash - 1))
        {
            if (RefName.TryParse(name.Value[..slash], out RefName folder) && clone.Refs.Find(folder) is not null)
            {
                return folder;
            }
        }

        foreach (RefEntry below in clone.Refs.List(name.Value + "/"))
        {
            return below.Name;
        }

        return null;
    }
}
