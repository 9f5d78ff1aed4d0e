namespace Monorepo.Native.Ucx;

/// <summary>
/// A UCX context: the transports and devices in use. Any thread may create and dispose it; workers keep it alive.
/// </summary>
public sealed unsafe class UcxContext : IDisposable
{
    private UcxContext(UcpContextHandle handle) => Handle = handle;

    internal UcpContextHandle Handle { get; }

    /// <param name="settings">
    /// UCP-level keys without the prefix (<c>TLS</c>, <c>NET_DEVICES</c>, <c>RNDV_THRESH</c>, <c>MAX_RNDV_RAILS</c>, …). Transport-level keys
    /// (<c>TCP_*</c>, <c>POSIX_*</c>) are accepted by UCX and have no effect: those exist only as environment variables.
    /// </param>
    /// <param name="endpointsExpected">How many peers to size for; on InfiniBand this decides between RC, DC and UD. 0: unknown.</param>
    /// <param name="isShared">Workers of several threads will use it at a time.</param>
    /// <exception cref="UcxException">No such device or transport, or no resources.</exception>
    /// <exception cref="InvalidOperationException">The library can't be used (see <see cref="UcxRuntime.TryLoad"/>).</exception>
    public static UcxContext Create(IReadOnlyDictionary<string, string> settings, int endpointsExpected, bool isShared = false)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentOutOfRangeException.ThrowIfNegative(endpointsExpected);
        UcxLoad load = UcxRuntime.TryLoad();
        if (!load.IsUsable)
            throw new InvalidOperationException(load.Problem);

        nint config;
        UcxException.ThrowIfFailed(NativeMethods.ucp_config_read(null, null, &config), "ucp_config_read");
        try
        {
            foreach ((string key, string value) in settings)
                UcxException.ThrowIfFailed(NativeMethods.ucp_config_modify(config, key, value), "ucp_config_modify");

            UcpParams parameters = new()
            {
                FieldMask = UcpParams.FieldFeatures | UcpParams.FieldWorkersShared | UcpParams.FieldEstimatedEndpoints,
                Features = UcpParams.FeatureActiveMessage | UcpParams.FeatureWakeup,
                WorkersShared = isShared ? 1 : 0,
                EstimatedEndpoints = (nuint)endpointsExpected,
            };
            if (endpointsExpected == 0)
                parameters.FieldMask &= ~UcpParams.FieldEstimatedEndpoints;
            nint context;
            UcxException.ThrowIfFailed(
                NativeMethods.ucp_init_version(UcxRuntime.ApiMajor, UcxRuntime.ApiMinor, &parameters, config, &context), "ucp_init");
            return new UcxContext(new UcpContextHandle(context));
        }
        finally
        {
            NativeMethods.ucp_config_release(config);
        }
    }

    public void Dispose() => Handle.Dispose();
}
