using System.Globalization;
using System.Text;
using Monorepo.Core;

namespace Monorepo.Testing.Git;

/// <summary>Every commit of a bundle as git prints it, parents before children.</summary>
/// <param name="Ids">The ids by git's count.</param>
/// <param name="Bodies">The raw body of each.</param>
public sealed record BundleHistory(IReadOnlyList<ObjectId> Ids, IReadOnlyList<ReadOnlyMemory<byte>> Bodies)
{
    /// <param name="bundle">As <see cref="RepositoryRoot.Bundle"/> gives it.</param>
    public static BundleHistory Read(string bundle)
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("bundle-");
        try
        {
            GitCommand.Run(directory.FullName, "clone", "--quiet", "--bare", bundle, "git");
            string git = Path.Combine(directory.FullName, "git");
            byte[] ids = GitCommand.Run(git, "rev-list", "--all", "--topo-order", "--reverse");
            return Parse(GitCommand.Run(git, ids, "cat-file", "--batch", "--buffer"));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static BundleHistory Parse(byte[] batch)
    {
        List<ObjectId> ids = [];
        List<ReadOnlyMemory<byte>> bodies = [];
        for (int at = 0; at < batch.Length;)
        {
            int end = Array.IndexOf(batch, (byte)'\n', at);
            string[] line = Encoding.ASCII.GetString(batch, at, end - at).Split(' ');
            int size = int.Parse(line[2], CultureInfo.InvariantCulture);
            ids.Add(ObjectId.Parse(line[0]));
            bodies.Add(batch.AsMemory(end + 1, size));
            at = end + 1 + size + 1;
        }

        return new BundleHistory(ids, bodies);
    }
}
