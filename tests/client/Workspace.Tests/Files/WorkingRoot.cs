using System.Diagnostics;
using System.Text;
using Monorepo.Workspace.Files;

namespace Monorepo.Workspace.Tests.Files;

/// <summary>A working copy's root of one test's own, with its state directory. Names that are not UTF-8 are removed too.</summary>
internal sealed class WorkingRoot : IDisposable
{
    public WorkingRoot(bool forceComponentWalk = false)
    {
        Path = Directory.CreateTempSubdirectory("mr-wc-").FullName;
        Directory.CreateDirectory(System.IO.Path.Combine(Path, ".mr"));
        Files = PosixWorkingFiles.Open(Encoding.UTF8.GetBytes(Path), forceComponentWalk);
    }

    public string Path { get; }

    public PosixWorkingFiles Files { get; }

    public string At(string path) => System.IO.Path.Combine(Path, path);

    public void Write(string path, string content)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(At(path))!);
        File.WriteAllText(At(path), content);
    }

    public void Dispose()
    {
        Files.Dispose();
        using Process remove = Process.Start("/bin/rm", ["-rf", Path]);
        remove.WaitForExit();
    }
}
