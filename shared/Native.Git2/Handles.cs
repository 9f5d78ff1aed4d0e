using System.Runtime.InteropServices;

namespace Monorepo.Native.Git2;

/// <summary>Owns a <c>git_odb</c> and the lease that keeps the library running while it lives.</summary>
internal sealed class OdbHandle : SafeHandle
{
    private readonly Git2Library _library;

    private OdbHandle(Git2Library library)
        : base(0, ownsHandle: true) => _library = library;

    public override bool IsInvalid => handle == 0;

    /// <summary>One for each directory, in the order they are asked; they live as long as the handle.</summary>
    internal IReadOnlyList<nint> Backends { get; private set; } = [];

    /// <summary>Opens the packs of all directories; loose objects are not read by libgit2, see <see cref="LooseObjects"/>.</summary>
    internal static unsafe OdbHandle OpenPacks(IReadOnlyList<string> objectsDirectories)
    {
        var library = new Git2Library();
        var owner = new OdbHandle(library);
        try
        {
            nint odb;
            Git2Exception.ThrowIfFailed(NativeMethods.git_odb_new(&odb), "make an object database");
            owner.SetHandle(odb);
            nint[] backends = new nint[objectsDirectories.Count];
            for (int i = 0; i < objectsDirectories.Count; i++)
            {
                nint backend;
                string doing = $"open the packs of {objectsDirectories[i]}";
                Git2Exception.ThrowIfFailed(NativeMethods.git_odb_backend_pack(&backend, objectsDirectories[i]), doing);

                // From here on the database owns the backend. Higher priorities are asked first.
                Git2Exception.ThrowIfFailed(NativeMethods.git_odb_add_backend(owner, backend, objectsDirectories.Count - i), doing);
                backends[i] = backend;
            }

            owner.Backends = backends;
            return owner;
        }
        catch
        {
            if (owner.IsInvalid)
                library.Dispose();
            owner.Dispose();
            throw;
        }
    }

    protected override bool ReleaseHandle()
    {
        NativeMethods.git_odb_free(handle);
        _library.Dispose();
        return true;
    }
}

/// <summary>Owns a <c>git_patch</c>. It must be freed before the buffers it was made from move.</summary>
internal sealed class PatchHandle : SafeHandle
{
    internal PatchHandle(nint patch)
        : base(0, ownsHandle: true) => SetHandle(patch);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        NativeMethods.git_patch_free(handle);
        return true;
    }
}

/// <summary>Owns a <c>git_odb_object</c>, and keeps the library running while its bytes are in use.</summary>
internal sealed class OdbObjectHandle : SafeHandle
{
    private readonly OdbHandle _owner;

    internal OdbObjectHandle(nint odbObject, OdbHandle owner)
        : base(0, ownsHandle: true)
    {
        bool added = false;
        owner.DangerousAddRef(ref added);
        _owner = owner;
        SetHandle(odbObject);
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        NativeMethods.git_odb_object_free(handle);
        _owner.DangerousRelease();
        return true;
    }
}
