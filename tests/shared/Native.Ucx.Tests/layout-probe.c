/* Prints what the installed UCX header says about the layouts and constants that shared/Native.Ucx writes down by hand. */
#include <stddef.h>
#include <stdio.h>
#include <ucp/api/ucp.h>

#define SIZE(type) printf("sizeof %s %zu\n", #type, sizeof(type))
#define OFFSET(type, field) printf("%s.%s %zu\n", #type, #field, offsetof(type, field))
#define VALUE(constant) printf("%s %lld\n", #constant, (long long)(constant))

int main(void)
{
    SIZE(ucs_status_t);
    SIZE(ucp_params_t);
    OFFSET(ucp_params_t, field_mask);
    OFFSET(ucp_params_t, features);
    OFFSET(ucp_params_t, mt_workers_shared);
    OFFSET(ucp_params_t, estimated_num_eps);
    SIZE(ucp_worker_params_t);
    OFFSET(ucp_worker_params_t, field_mask);
    OFFSET(ucp_worker_params_t, thread_mode);
    SIZE(ucp_worker_attr_t);
    OFFSET(ucp_worker_attr_t, field_mask);
    OFFSET(ucp_worker_attr_t, max_am_header);
    SIZE(ucs_sock_addr_t);
    OFFSET(ucs_sock_addr_t, addr);
    OFFSET(ucs_sock_addr_t, addrlen);
    SIZE(ucp_listener_params_t);
    OFFSET(ucp_listener_params_t, field_mask);
    OFFSET(ucp_listener_params_t, sockaddr);
    OFFSET(ucp_listener_params_t, conn_handler.cb);
    OFFSET(ucp_listener_params_t, conn_handler.arg);
    SIZE(ucp_listener_attr_t);
    OFFSET(ucp_listener_attr_t, field_mask);
    OFFSET(ucp_listener_attr_t, sockaddr);
    SIZE(ucp_ep_params_t);
    OFFSET(ucp_ep_params_t, field_mask);
    OFFSET(ucp_ep_params_t, err_mode);
    OFFSET(ucp_ep_params_t, err_handler.cb);
    OFFSET(ucp_ep_params_t, err_handler.arg);
    OFFSET(ucp_ep_params_t, flags);
    OFFSET(ucp_ep_params_t, sockaddr);
    OFFSET(ucp_ep_params_t, conn_request);
    SIZE(ucp_request_param_t);
    OFFSET(ucp_request_param_t, op_attr_mask);
    OFFSET(ucp_request_param_t, flags);
    OFFSET(ucp_request_param_t, request);
    OFFSET(ucp_request_param_t, cb);
    OFFSET(ucp_request_param_t, datatype);
    OFFSET(ucp_request_param_t, user_data);
    OFFSET(ucp_request_param_t, memh);
    SIZE(ucp_mem_map_params_t);
    OFFSET(ucp_mem_map_params_t, field_mask);
    OFFSET(ucp_mem_map_params_t, address);
    OFFSET(ucp_mem_map_params_t, length);
    SIZE(ucp_am_handler_param_t);
    OFFSET(ucp_am_handler_param_t, field_mask);
    OFFSET(ucp_am_handler_param_t, id);
    OFFSET(ucp_am_handler_param_t, flags);
    OFFSET(ucp_am_handler_param_t, cb);
    OFFSET(ucp_am_handler_param_t, arg);
    SIZE(ucp_am_recv_param_t);
    OFFSET(ucp_am_recv_param_t, recv_attr);
    OFFSET(ucp_am_recv_param_t, reply_ep);
    SIZE(ucp_dt_iov_t);
    OFFSET(ucp_dt_iov_t, buffer);
    OFFSET(ucp_dt_iov_t, length);

    VALUE(UCP_PARAM_FIELD_FEATURES);
    VALUE(UCP_PARAM_FIELD_MT_WORKERS_SHARED);
    VALUE(UCP_PARAM_FIELD_ESTIMATED_NUM_EPS);
    VALUE(UCP_FEATURE_AM);
    VALUE(UCP_FEATURE_WAKEUP);
    VALUE(UCP_WORKER_PARAM_FIELD_THREAD_MODE);
    VALUE(UCS_THREAD_MODE_SINGLE);
    VALUE(UCP_WORKER_ATTR_FIELD_MAX_AM_HEADER);
    VALUE(UCP_LISTENER_PARAM_FIELD_SOCK_ADDR);
    VALUE(UCP_LISTENER_PARAM_FIELD_CONN_HANDLER);
    VALUE(UCP_LISTENER_ATTR_FIELD_SOCKADDR);
    VALUE(UCP_EP_PARAM_FIELD_ERR_HANDLING_MODE);
    VALUE(UCP_EP_PARAM_FIELD_ERR_HANDLER);
    VALUE(UCP_EP_PARAM_FIELD_SOCK_ADDR);
    VALUE(UCP_EP_PARAM_FIELD_FLAGS);
    VALUE(UCP_EP_PARAM_FIELD_CONN_REQUEST);
    VALUE(UCP_EP_PARAMS_FLAGS_CLIENT_SERVER);
    VALUE(UCP_ERR_HANDLING_MODE_PEER);
    VALUE(UCP_OP_ATTR_FIELD_CALLBACK);
    VALUE(UCP_OP_ATTR_FIELD_USER_DATA);
    VALUE(UCP_OP_ATTR_FIELD_DATATYPE);
    VALUE(UCP_OP_ATTR_FIELD_FLAGS);
    VALUE(UCP_OP_ATTR_FIELD_MEMH);
    VALUE(UCP_MEM_MAP_PARAM_FIELD_ADDRESS);
    VALUE(UCP_MEM_MAP_PARAM_FIELD_LENGTH);
    VALUE(UCP_AM_SEND_FLAG_REPLY);
    VALUE(UCP_AM_SEND_FLAG_EAGER);
    VALUE(UCP_AM_SEND_FLAG_RNDV);
    VALUE(UCP_EP_CLOSE_FLAG_FORCE);
    VALUE(ucp_dt_make_contig(1));
    VALUE(ucp_dt_make_iov());
    VALUE(UCP_AM_HANDLER_PARAM_FIELD_ID);
    VALUE(UCP_AM_HANDLER_PARAM_FIELD_FLAGS);
    VALUE(UCP_AM_HANDLER_PARAM_FIELD_CB);
    VALUE(UCP_AM_HANDLER_PARAM_FIELD_ARG);
    VALUE(UCP_AM_FLAG_WHOLE_MSG);
    VALUE(UCP_AM_RECV_ATTR_FIELD_REPLY_EP);
    VALUE(UCP_AM_RECV_ATTR_FLAG_RNDV);
    VALUE(UCS_INPROGRESS);
    VALUE(UCS_ERR_NO_DEVICE);
    VALUE(UCS_ERR_BUSY);
    VALUE(UCS_ERR_CANCELED);
    VALUE(UCS_ERR_REJECTED);
    VALUE(UCS_ERR_NOT_CONNECTED);
    VALUE(UCS_ERR_CONNECTION_RESET);
    VALUE(UCS_ERR_ENDPOINT_TIMEOUT);
    VALUE(UCS_ERR_LAST);
    return 0;
}
